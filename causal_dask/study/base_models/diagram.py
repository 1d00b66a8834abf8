"""The base models of a learner, as scikit-learn's HTML diagrams of estimators show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from causal_dask.errors import CausalDaskError
from causal_dask.spec import Model
from causal_dask.study.base_models.arguments import STAGES, Asked, estimators_of, with_candidates

ANY_FOLDS = 2
"""Whether models are stacked does not depend on the number of folds, from 2."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """What scikit-learn asks of an estimator's parts, beside each other; see its ``_VisualBlock``.

    Attributes
    ----------
    estimators : tuple
        The parts; a word stands for one that is missing.
    names, name_details : tuple of str
        What is written above each part, and shown on a click. Up to its colon, a name is the
        parameter that the part comes from.
    """

    estimators: tuple[Any, ...]
    names: tuple[str, ...]
    name_details: tuple[str, ...]
    kind: str = "parallel"
    dash_wrapped: bool = True


def diagram(parts: Mapping[str, Any]) -> Diagram:
    """The parts of an estimator by name."""
    details = tuple(str(part) for part in parts.values())
    return Diagram(tuple(parts.values()), tuple(parts), details)


def diagram_of(asked: Asked) -> Diagram:
    """The base models of a learner, by parameter and kind."""
    asked = with_candidates(asked, (), ANY_FOLDS)
    return diagram({
        f"{STAGES[step.role]}_model_factory: {step.name}": _model(asked, step)
        for step in asked.learner.models
    })  # fmt: skip


def _model(asked: Asked, step: Model) -> Any:
    """An unfitted model of a kind, or a word if it cannot be made."""
    try:
        return estimators_of(asked, [step])[step.name]
    except CausalDaskError:
        return "missing"
