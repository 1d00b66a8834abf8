"""Labels of nodes, for people. They travel beside keys and never change them."""

from __future__ import annotations

from causal_dask.graph.label import Label
from causal_dask.spec.learner import EffectStack, Formula, Model, Step
from causal_dask.study.study import Held, NewRows, Place


def label_of_fit(learner: str, step: Model, own: int | None, without: tuple[int, ...]) -> Label:
    """For example "DR-learner, treatment_model, variant 1, fold 2"."""
    return Label(
        _group_name(learner, step, own), _folds(without) if without else "all rows", _stage(step)
    )


def label_of_value(learner: str, step: Step, variant: int | None, place: Place) -> Label:
    """The same for a prediction or a formula at some rows."""
    own = variant if isinstance(step, Formula) else step.owner(variant)
    return Label(_group_name(learner, step, own), _where(place), _stage(step))


def _group_name(learner: str, step: Step, variant: int | None) -> str:
    return f"{learner}-learner, {step.name}" + ("" if variant is None else f", variant {variant}")


def _stage(step: Step) -> str:
    """The stage of a model; formulas are of none."""
    if isinstance(step, Formula | EffectStack):
        return ""
    return "nuisance" if step.is_nuisance else "treatment"


def _where(place: Place) -> str:
    if isinstance(place, Held):
        return _folds(place.without)
    return "new rows" if isinstance(place, NewRows) else "training rows"


def _folds(without: tuple[int, ...]) -> str:
    return "fold " + " and ".join(map(str, without))
