"""Several learners as one, whose effect is a weighted mixture of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sklearn.base import clone

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.parameters import ModelSpecification
from causal_dask.formulas.ensembles import METHODS
from causal_dask.learners.ensemble import JUDGE, ensemble
from causal_dask.learners.nuisances import NUISANCES
from causal_dask.selection.candidate_names import named
from causal_dask.selection.judge import SHARED, judge_of
from causal_dask.spec.join import BETWEEN, name_within
from causal_dask.spec.learner import Learner
from causal_dask.study.base_models.arguments import STAGES, Asked, of_kind
from causal_dask.study.base_models.diagram import Diagram, diagram


@saved("EnsembleLearner")
class EnsembleLearner(MetaLearner):
    """Mix the effects of several learners, by weights that minimise a loss of the mixture.

    All learners and the nuisance models of the loss are one graph, in which equal fits run once.
    The weights come from cross-fitted effects and cost no further fits; those of a row do not count
    the loss of its fold. The ensemble is a learner: it predicts, evaluates, estimates average
    effects, and can be saved.

    Parameters
    ----------
    learners : list or dict of learners
        Unfitted. Their base models, ``feature_set`` and parameters of these are used; folds, seeds
        and what the data mean are those of the ensemble.
    method : {"r_stacking", "q_aggregation", "causal_stacking"}, default "r_stacking"
        "r_stacking": non-negative weights and a constant, by the R-loss. "q_aggregation": shares
        that sum to 1, by the DR-loss of the mixture and of its parts, half and half.
        "causal_stacking": by that of the mixture alone.
    nuisances : learner, optional
        Unfitted, with outcome and propensity models: those of the loss, of the scores and the
        average effect. Left out: the learners' own models, stacked.
    is_classification, n_variants, random_state : optional
        As for every learner; see ``MetaLearner``.
    n_folds : int, default 5
        Folds of the cross-fitting of all learners.
    control, event, clipping_threshold, unweighted : optional
        As for every learner.
    n_repeats, repeat_aggregation, enable_overall, keep_models, prepare : optional
        As for every learner.
    nested : bool, default True
        As for every learner. Without, the outcomes of rows have reached their own effects through
        the nuisance models, and the weights prefer learners that follow noise: the mixture is
        cheaper and worse.

    Attributes
    ----------
    stack_weights_ : DataFrame
        The weights of the learners, as the model kind ``effect``, and of stacked models.

    References
    ----------
    Lan & Syrgkanis (2023), "Causal Q-aggregation for CATE model selection", arXiv 2310.16945.

    Han & Wu (2022), "Ensemble method for estimating individualized treatment effects",
    arXiv 2202.12445.

    Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects", Biometrika
    108(2), section 4.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from causal_dask import DRLearner, EnsembleLearner, TLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(1000, random_state=0)
    >>> learners = {
    ...     "T": TLearner(nuisance_model_factory=DecisionTreeRegressor(max_depth=3)),
    ...     "DR": DRLearner(
    ...         nuisance_model_factory=LinearRegression,
    ...         propensity_model_factory=LogisticRegression,
    ...         treatment_model_factory=LinearRegression,
    ...     ),
    ... }
    >>> mixed = EnsembleLearner(learners, "q_aggregation", n_folds=3, random_state=0)
    >>> mixed = mixed.fit(study.X, study.y, study.w)
    >>> weights = mixed.stack_weights_.query("model_kind == 'effect'")
    >>> weights["candidate"].tolist()
    ['constant', 'T', 'DR']
    >>> bool(weights["weight"].iloc[-1] > 0.8)
    True
    """

    nuisance_model_factory = treatment_model_factory = propensity_model_factory = None
    nuisance_model_params = treatment_model_params = propensity_model_params = None
    fitted_nuisance_models = fitted_propensity_model = feature_set = None

    def __init__(  # noqa: PLR0913 - as every learner
        self,
        learners: Sequence[MetaLearner] | Mapping[str, MetaLearner],
        method: str = "r_stacking",
        nuisances: MetaLearner | None = None,
        *,
        is_classification: bool | None = None,
        n_variants: int | None = None,
        n_folds: int = 5,
        random_state: Any = None,
        control: Any = None,
        event: Any = None,
        clipping_threshold: float | None = None,
        unweighted: Sequence[str] = (),
        n_repeats: int = 1,
        repeat_aggregation: str = "median",
        nested: bool = True,
        enable_overall: bool = True,
        keep_models: bool = True,
        prepare: str = "plain",
    ) -> None:
        self.learners = learners
        self.method = method
        self.nuisances = nuisances
        self.is_classification = is_classification
        self.n_variants = n_variants
        self.n_folds = n_folds
        self.random_state = random_state
        self.control = control
        self.event = event
        self.clipping_threshold = clipping_threshold
        self.unweighted = unweighted
        self.n_repeats = n_repeats
        self.repeat_aggregation = repeat_aggregation
        self.nested = nested
        self.enable_overall = enable_overall
        self.keep_models = keep_models
        self.prepare = prepare

    @property
    def declaration(self) -> Learner:  # type: ignore[override]  # of an instance
        """The declarations of the learners and the judge, joined."""
        if self.method not in METHODS:
            raise InvalidInput(
                f"The 'method' of EnsembleLearner must be one of {list(METHODS)}. Got "
                f"{self.method!r}."
            )
        members = self._members()
        return ensemble({name: each.declaration for name, each in members.items()}, self.method)

    @classmethod
    def nuisance_model_specifications(cls) -> dict[str, ModelSpecification]:
        """Ask the learners: an ensemble has the model kinds of those it mixes."""
        raise InvalidInput("An ensemble has the model kinds of its learners. Ask these.")

    @classmethod
    def treatment_model_specifications(cls) -> dict[str, ModelSpecification]:
        """Ask the learners: an ensemble has the model kinds of those it mixes."""
        raise InvalidInput("An ensemble has the model kinds of its learners. Ask these.")

    def _sk_visual_block_(self) -> Diagram:
        """The learners, for scikit-learn's HTML diagram."""
        return diagram({f"learners: {name}": each for name, each in named(self.learners).items()})

    def _members(self) -> dict[str, MetaLearner]:
        """The learners by name."""
        found = named(self.learners)
        for name, each in found.items():
            if BETWEEN in name or "[" in name or name == JUDGE:
                raise InvalidInput(
                    f"A learner of an ensemble cannot be called {name!r}. Call it by a word "
                    f"without {BETWEEN!r} and '[', and not {JUDGE!r}."
                )
            if isinstance(each, EnsembleLearner):
                raise InvalidType("An ensemble cannot be part of another. Pass its learners.")
            if each.fitted_nuisance_models or each.fitted_propensity_model is not None:
                raise InvalidInput(
                    f"The learner {name!r} has models that are fitted already, and an ensemble "
                    "fits all of its models on its own folds. Pass factories."
                )
            self._check_agrees(name, each)
        return found

    def _check_agrees(self, name: str, learner: MetaLearner) -> None:
        """Raise if a learner says otherwise than the ensemble what the data or weights mean."""
        if learner.unweighted:
            raise InvalidInput(
                f"The learner {name!r} has 'unweighted' set. Name its kinds in that of the "
                f"ensemble, as {name_within(name, next(iter(learner.unweighted)))!r}."
            )
        for setting in SHARED:
            own, common = getattr(learner, setting), getattr(self, setting)
            if own is not None and own != common:
                raise InvalidInput(
                    f"The learner {name!r} has {setting}={own!r}, and the ensemble {common!r}. Set "
                    "it on the ensemble, for all learners."
                )

    def _settings(self) -> dict[str, Any]:
        """The parameters of the ensemble, and those that its learners must agree in."""
        clips = {bool(each.adaptive_clipping) for each in self._members().values()}
        if len(clips) > 1:
            raise InvalidInput(
                "The learners of an ensemble must agree in 'adaptive_clipping'. Set it alike."
            )
        fixed = {"fitted_nuisance_models": None, "adaptive_clipping": clips.pop()}
        return {**super()._settings(), **fixed}

    def _arguments(self, fit_params: Mapping[str, Any] | None) -> Asked:
        """The arguments of all learners, by the names of their model kinds here."""
        members = self._members()
        judge = judge_of(list(members.values()), self.nuisances)
        asked = Asked(self.declaration, type(self).__name__, {}, {}, {}, fit_params)
        factories: dict[str, dict[str, Any]] = {stage: {} for stage in STAGES.values()}
        params: dict[str, dict[str, Any]] = {stage: {} for stage in STAGES.values()}
        features: dict[str, Any] = {}
        for name, each in {**members, JUDGE: judge}.items():
            own = each._arguments(None)  # noqa: SLF001 - a learner's own
            for step in (NUISANCES if name == JUDGE else each.declaration).models:
                stage, kind = STAGES[step.role], name_within(name, step.name)
                factories[stage][kind] = of_kind(own, own.factories[stage], step)
                params[stage][kind] = of_kind(own, own.params[stage], step)
                features[kind] = of_kind(own, own.feature_set, step)
        return replace(asked, factories=factories, params=params, feature_set=features)


def alone_with_scores(learner: MetaLearner, name: str, nuisances: MetaLearner) -> EnsembleLearner:
    """A learner as an ensemble of one: its effects, and the scores that other nuisances give."""
    own = learner.get_params(deep=False)
    kept = ("is_classification", "n_variants", "n_folds", "random_state", "control", "event",
            "clipping_threshold", "n_repeats", "repeat_aggregation", "prepare")  # fmt: skip
    settings = {key: own[key] for key in kept}
    settings["unweighted"] = [name_within(name, kind) for kind in learner.unweighted]
    plain = clone(learner).set_params(unweighted=())
    return EnsembleLearner({name: plain}, "causal_stacking", nuisances, nested=False, **settings)
