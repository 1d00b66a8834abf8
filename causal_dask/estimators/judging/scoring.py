"""The scores of each model, and their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sklearn.metrics import get_scorer

from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import (
    Evaluation,
    Repeats,
    effect_loss,
    evaluations,
    own_losses,
)
from causal_dask.errors import CausalDaskWarning, InvalidInput, InvalidType, warn
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.formulas.losses import dr_loss_by_nuisances, r_loss_by_nuisances
from causal_dask.graph.node import Source, data
from causal_dask.spec.learner import Learner
from causal_dask.study.study import Training

EFFECT = "effect"

ALIKE = 0.85
"""How similar a name must be to a known one to be taken for a misspelling of it."""

EFFECT_LOSSES = {"r_loss": r_loss_by_nuisances, "dr_loss": dr_loss_by_nuisances}


def scorings(
    judged: Repeats, judge: Repeats, scoring: Mapping[str, Any], labels: Sequence[Any]
) -> dict[str, Source]:
    """The node of every score by its name: nuisances, own losses, treatment models, the effect.

    ``labels`` are those of the variants; ``judge`` has the nuisances that judge the effect.
    """
    models = list(evaluations(judged.first, labels))
    nuisances = [model for model in models if model.step.is_nuisance]
    treatments = [model for model in models if not model.step.is_nuisance]
    return {
        **_scores(judged, scoring, nuisances),
        **own_losses(judged, labels),
        **_scores(judged, scoring, treatments),
        **(_effect_losses(judged, scoring[EFFECT], judge, labels) if EFFECT in scoring else {}),
    }


def _effect_losses(
    judged: Repeats, names: Sequence[str], judge: Repeats, labels: Sequence[Any]
) -> dict[str, Source]:
    """The node of every loss of the CATE, by the nuisances of ``judge``."""
    unknown = [name for name in names if name not in EFFECT_LOSSES]
    if unknown:
        raise InvalidInput(
            f"'scoring' names the unknown losses {unknown} for 'effect'. There are "
            f"{list(EFFECT_LOSSES)}."
        )
    learner = judge.first.learner
    if not learner.has_propensities or not learner.outcome:
        lacks = "outcomes" if learner.has_propensities else "propensities"
        raise InvalidInput(
            f"The {learner.name}-learner has no {lacks} to judge a CATE by. Pass a "
            "fitted learner that has, as 'nuisances'."
        )
    return {
        f"{EFFECT}_{labels[k]}_vs_{labels[0]}_{name}": effect_loss(
            judged, judge, (name, EFFECT_LOSSES[name]), k
        )
        for name in names
        for k in judged.first.study.contrasts
    }


def effects_know_the_rows(fitted: Fitted) -> bool:
    """Whether the outcomes of the training rows have reached the models of their own effects.

    With one split, y of a row in fold k enters the pseudo-outcomes of other rows through nuisance
    models, and these rows train the second-stage model that predicts fold k.
    """
    has_second_stage = any(not model.is_nuisance for model in fitted.learner.models)
    return has_second_stage and not fitted.study.nested


def warn_if_effects_know_the_rows(fitted: Fitted, owner: str) -> None:
    """Warn that losses of effects on the training rows do not compare learners."""
    if effects_know_the_rows(fitted):
        warn(
            f"The losses of effects of this {owner} are of its training rows, whose outcomes have "
            "reached its second-stage models through the nuisance models: they are too small, and "
            "prefer it to others. To compare learners, fit them with nested=True, or evaluate them "
            "on held-out rows.",
            CausalDaskWarning,
        )


def _scores(
    judged: Repeats, scoring: Mapping[str, Any], models: Sequence[Evaluation]
) -> dict[str, Source]:
    return {
        f"{model.name}_{_scorer_name(score, position)}": model.score_node(judged, score)
        for model in models
        for position, score in enumerate(
            scoring.get(model.step.kind, [_default(judged.first, model)])
        )
    }


def weights_of(fitted: Fitted, target: Target) -> Source | None:
    """The weights of the rows asked about, if they have any."""
    if isinstance(target.rows, Training):
        return fitted.study.weight
    return None if target.weights is None else data(target.weights, "sample_weight")


def known_kinds(base: type) -> set[str]:
    """The kinds of models of every learner below a class, also of users' own."""
    classes: list[type] = base.__subclasses__()
    found = {name for cls in classes for name in known_kinds(cls)}
    declared = (vars(cls).get("declaration") for cls in classes)
    of_classes = (learner for learner in declared if isinstance(learner, Learner))
    return found | {step.name for learner in of_classes for step in learner.models}


def check_scoring(scoring: Any, known: Collection[str]) -> None:
    """Raise unless an argument gives scorers by kind of model; ``known`` are all learners' kinds.

    Other kinds may be there, so that one dict serves several learners, but no misspelt ones.
    """
    if scoring is not None and not isinstance(scoring, Mapping):
        raise InvalidType(
            "'scoring' must be a dict of lists of scorers by model kind, such as "
            f"{{'propensity_model': ['neg_log_loss']}}. Got {scoring!r}."
        )
    for kind, scorers in (scoring or {}).items():
        close = get_close_matches(str(kind), [EFFECT, *known], 1, ALIKE)
        if close and kind not in {EFFECT, *known}:
            raise InvalidInput(
                f"'scoring' names the kind {kind!r}, which no learner has. Did you mean "
                f"{close[0]!r}? There are {sorted({EFFECT, *known})}."
            )
        if isinstance(scorers, str) or not isinstance(scorers, Sequence):
            raise InvalidType(
                f"'scoring' must give a list of scorers for each model kind. Got {scorers!r} for "
                f"{kind!r}; write {{{kind!r}: [{scorers!r}]}}."
            )
        names = (scorer for scorer in scorers if isinstance(scorer, str) and kind != EFFECT)
        unknown = [name for name in names if not _is_scorer(name)]
        if unknown:
            raise InvalidInput(
                f"'scoring' names the unknown scorers {unknown} for {kind!r}. "
                "sklearn.metrics.get_scorer_names() lists those there are."
            )


def _is_scorer(name: str) -> bool:
    """Whether scikit-learn has a scorer of this name; some that it has, it does not list."""
    try:
        get_scorer(name)
    except (ValueError, KeyError):
        return False
    return True


def _scorer_name(scorer: Any, position: int) -> str:
    return scorer if isinstance(scorer, str) else f"custom_scorer_{position}"


def _default(compiler: Compiler, model: Evaluation) -> str:
    role = model.step.role
    classifies = role == "propensity" or role == "outcome" and compiler.study.n_classes > 0
    return "neg_log_loss" if classifies else "neg_root_mean_squared_error"
