"""A learner's parameters, and the request that they make together with the data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, ClassVar, TypedDict

from sklearn.base import BaseEstimator

from causal_dask.errors import InvalidInput, InvalidType, NotFitted
from causal_dask.spec.check import checked
from causal_dask.spec.learner import Learner, Model
from causal_dask.study.base_models.arguments import Asked
from causal_dask.study.base_models.diagram import Diagram, diagram_of
from causal_dask.study.cross_fits import CrossFit, Owner


class ModelSpecification(TypedDict):
    """How many models a kind has, and which method gives their predictions."""

    cardinality: Callable[[Any], int]
    predict_method: Callable[[Any], str]


PARAMETERS = re.compile(r"^ *Parameters\n *-{3,}$", re.MULTILINE)
HEADING = re.compile(r"^\w[\w ]*\n-{3,}$", re.MULTILINE)
"""The heading of the section of parameters, and of any section of a docstring."""


class Parameters(BaseEstimator):
    """The parameters of every learner; see ``MetaLearner``."""

    declaration: ClassVar[Learner]

    def __init_subclass__(cls, declaration: Learner | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if declaration is not None:
            cls.declaration = checked(declaration)
        cls.__doc__ = _with_parameters(cls)

    def __init__(  # noqa: PLR0913 - the drop-in signature
        self,
        is_classification: bool | None = None,
        n_variants: int | None = None,
        nuisance_model_factory: Any = None,
        treatment_model_factory: Any = None,
        propensity_model_factory: Any = None,
        nuisance_model_params: Mapping[str, Any] | None = None,
        treatment_model_params: Mapping[str, Any] | None = None,
        propensity_model_params: Mapping[str, Any] | None = None,
        fitted_nuisance_models: Any = None,
        fitted_propensity_model: Any = None,
        feature_set: Collection[Any] | Mapping[str, Any] | None = None,
        n_folds: int | Mapping[str, int] = 10,
        random_state: Any = None,
        adaptive_clipping: bool = False,
        *,
        control: Any = None,
        event: Any = None,
        clipping_threshold: float | None = None,
        unweighted: Collection[str] = (),
        n_repeats: int = 1,
        repeat_aggregation: str = "median",
        nested: bool = False,
        enable_overall: bool = True,
        keep_models: bool = True,
        prepare: str = "plain",
    ) -> None:
        self.is_classification = is_classification
        self.n_variants = n_variants
        self.nuisance_model_factory = nuisance_model_factory
        self.treatment_model_factory = treatment_model_factory
        self.propensity_model_factory = propensity_model_factory
        self.nuisance_model_params = nuisance_model_params
        self.treatment_model_params = treatment_model_params
        self.propensity_model_params = propensity_model_params
        self.fitted_nuisance_models = fitted_nuisance_models
        self.fitted_propensity_model = fitted_propensity_model
        self.feature_set = feature_set
        self.n_folds = n_folds
        self.random_state = random_state
        self.adaptive_clipping = adaptive_clipping
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

    @classmethod
    def nuisance_model_specifications(cls) -> dict[str, ModelSpecification]:
        """The first-stage model kinds: how many models, and how they predict."""
        return _specifications(cls.declaration, nuisance=True)

    @classmethod
    def treatment_model_specifications(cls) -> dict[str, ModelSpecification]:
        """The second-stage model kinds: how many models, and how they predict."""
        return _specifications(cls.declaration, nuisance=False)

    @property
    def init_args(self) -> dict[str, Any]:
        """The arguments that make an unfitted learner like this one."""
        return dict(self.get_params(deep=False))

    def __sklearn_clone__(self) -> Any:
        """An unfitted copy that keeps the fitted models it was given."""
        fresh = super().__sklearn_clone__()
        fresh.fitted_nuisance_models = self.fitted_nuisance_models
        fresh.fitted_propensity_model = self.fitted_propensity_model
        return fresh

    def _sk_visual_block_(self) -> Diagram:
        """The base models, for scikit-learn's HTML diagram."""
        return diagram_of(self._arguments(None))

    def _settings(self) -> dict[str, Any]:
        """The parameters that checks and formulas read, besides the base models."""
        return dict(self.get_params(deep=False))

    def _arguments(self, fit_params: Mapping[str, Any] | None) -> Asked:
        """The arguments that say which base models there are."""
        stages = ("nuisance", "treatment", "propensity")
        return Asked(
            learner=self.declaration,
            owner=type(self).__name__,
            factories={stage: getattr(self, f"{stage}_model_factory") for stage in stages},
            params={stage: getattr(self, f"{stage}_model_params") for stage in stages},
            feature_set=self.feature_set,
            fit_params=fit_params,
        )

    def _model_at(self, kind: str, position: int, nuisance: bool) -> tuple[Model, int]:
        models = {s.name: s for s in self.declaration.models if s.is_nuisance == nuisance}
        if kind not in models:
            raise InvalidInput(
                f"'model_kind' must be one of {list(models)} for {type(self).__name__}. "
                f"Got {kind!r}."
            )
        return models[kind], position

    def _passed_cross_fits(self) -> dict[Owner, CrossFit]:
        """The cross-fits that were passed in, by kind and variant."""
        lists = {} if self.fitted_nuisance_models is None else self.fitted_nuisance_models
        if not isinstance(lists, Mapping):
            raise InvalidType(
                "'fitted_nuisance_models' must be a dict of lists of models by their kind. Got a "
                f"{type(lists).__name__}."
            )
        passed = dict(lists)
        if self.fitted_propensity_model is not None:
            passed["propensity_model"] = [self.fitted_propensity_model]
        steps = {step.name: step for step in self.declaration.models}
        unknown = [kind for kind in passed if kind not in steps]
        if unknown:
            raise InvalidInput(
                f"{type(self).__name__} has no model kinds {unknown}, for which fitted models were "
                f"passed. Its kinds are {list(steps)}."
            )
        return {
            owner: _cross_fit_of(model, kind)
            for kind, models in passed.items()
            for owner, model in zip(_owners(steps[kind], len(models)), models, strict=True)
        }


def _owners(step: Model, n_models: int) -> list[Owner]:
    """The owner of each model of a list."""
    return [(step.name, step.owner_at(position)) for position in range(n_models)]


def _cross_fit_of(model: Any, kind: str) -> CrossFit:
    """The cross-fit in a fitted ``CrossFitEstimator``."""
    found = getattr(model, "cross_fit", None)
    if not isinstance(found, CrossFit):
        raise InvalidType(
            f"The fitted models of the {kind} must be fitted CrossFitEstimators, as of "
            f"'nuisance_models_' of a learner. Got {type(model).__name__}."
        )
    return found


def _specifications(learner: Learner, nuisance: bool) -> dict[str, ModelSpecification]:
    return {
        step.name: {
            "cardinality": partial(_cardinality, step),
            "predict_method": partial(_method, step),
        }
        for step in learner.models
        if step.is_nuisance == nuisance
    }


def _cardinality(step: Model, learner: Parameters) -> int:
    n_variants = getattr(learner, "n_variants_", learner.n_variants)
    if n_variants is None:
        raise NotFitted("The number of variants is known after fit, or by 'n_variants'.")
    return len(step.owners(n_variants))


def _method(step: Model, learner: Parameters) -> str:
    classifies = getattr(learner, "is_classification_", learner.is_classification)
    probabilities = step.role == "propensity" or step.role == "outcome" and bool(classifies)
    return "predict_proba" if probabilities else "predict"


def _with_parameters(cls: type) -> str | None:
    """The docstring of a learner, with the parameters and attributes of every learner in it.

    Whoever asks for help on a learner is told all that it takes, though it is written down once.
    """
    own, others = vars(cls).get("__doc__"), (base.__doc__ or "" for base in cls.__mro__[1:])
    of_all = next((doc for doc in others if PARAMETERS.search(doc)), None)
    if not own or of_all is None or PARAMETERS.search(own):
        return own
    own, of_all = inspect.cleandoc(own), inspect.cleandoc(of_all)
    begin = PARAMETERS.search(of_all)
    shared = of_all[begin.start() if begin else 0 :].strip()
    heading = HEADING.search(own)
    at = heading.start() if heading else len(own)
    return f"{own[:at].rstrip()}\n\n{shared}\n\n{own[at:]}".rstrip() + "\n"
