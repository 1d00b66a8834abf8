"""Whose nuisances judge all candidates alike: the candidates' own, stacked, or those given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from causal_dask.errors import CausalDaskError, InvalidInput, InvalidType
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.learners.nuisances import NUISANCES
from causal_dask.models import BoostedClassifier
from causal_dask.study.base_models.arguments import estimators_of, with_candidates

MOST = 8
"""So many models of a kind are stacked at most; more would judge no better."""

SHARED = ("is_classification", "n_variants", "control", "event", "clipping_threshold")
"""Parameters that say what the data mean, in which candidates and judge agree."""


class Judge(MetaLearner, declaration=NUISANCES):
    """Outcomes and propensities for the losses of effects that other learners estimate."""


def judge_of(candidates: Sequence[MetaLearner], nuisances: MetaLearner | None) -> MetaLearner:
    """The unfitted learner whose nuisances judge these candidates."""
    if nuisances is not None:
        return _checked(nuisances)
    outcomes = _pooled(candidates, "outcome")
    if not outcomes:
        raise InvalidInput(
            "No candidate has an outcome model for the losses to be computed by. Add one that has, "
            "such as DR; in Python 'nuisances' may be a learner that has."
        )
    propensities = _pooled(candidates, "propensity") or [BoostedClassifier()]
    first = candidates[0].get_params(deep=False)
    shared = {name: first[name] for name in SHARED}
    return Judge(nuisance_model_factory=outcomes, propensity_model_factory=propensities, **shared)


def _checked(nuisances: Any) -> MetaLearner:
    if not isinstance(nuisances, MetaLearner):
        raise InvalidType(
            "'nuisances' must be a learner, as DRLearner, whose outcome and propensity models "
            f"judge the candidates. Got {type(nuisances).__name__}."
        )
    declaration = nuisances.declaration
    if declaration.propensity is None or declaration.outcome is None:
        lacks = "outcome" if declaration.propensity else "propensity"
        raise InvalidInput(
            f"'nuisances' must have outcome and propensity models, and {type(nuisances).__name__} "
            f"has no {lacks} model. Pass a DRLearner."
        )
    return nuisances


def _pooled(candidates: Sequence[MetaLearner], role: str) -> list[Any]:
    """The distinct models of a role that the candidates have, in their order."""
    found = {fingerprint(model): model for each in candidates for model in _models(each, role)}
    return list(found.values())[:MOST]


def _models(learner: MetaLearner, role: str) -> Iterator[Any]:
    """The unfitted models of a role; none of a learner whose models cannot be made."""
    try:
        asked = with_candidates(learner._arguments(None), (), 2)  # noqa: SLF001 - our own
        yield from estimators_of(
            asked, [step for step in asked.learner.models if step.role == role]
        ).values()
    except CausalDaskError:
        return
