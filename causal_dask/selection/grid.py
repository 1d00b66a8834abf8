"""The grid of a search: combinations of base models, the learners of them, a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd
from sklearn.model_selection import ParameterGrid

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.selection.candidates import Outcome

Choice = tuple[type[Any], Mapping[str, Any]]
"""A model's class and its parameters."""

Choices = Mapping[str, Choice]
"""A choice for each kind of model."""


def combinations(
    classes: Mapping[str, Sequence[type[Any]]],
    parameters: Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]],
) -> Iterator[dict[str, Choice]]:
    """Each combination of a class and its parameters for every kind of model."""
    choices = {
        kind: [
            (factory, values)
            for factory in factories
            for values in ParameterGrid(dict(parameters.get(kind, {}).get(factory.__name__, {})))
        ]
        for kind, factories in classes.items()
    }
    for combination in product(*choices.values()):
        yield dict(zip(choices, combination, strict=True))


def learner_with(
    cls: type[MetaLearner], parameters: Mapping[str, Any], choices: Choices
) -> MetaLearner:
    """The unfitted learner with these base models."""
    steps = {step.name: step for step in cls.declaration.models}
    made: dict[str, Any] = {
        f"{stage}_model_{part}": {}
        for stage in ("nuisance", "treatment")
        for part in ("factory", "params")
    }
    for kind, (factory, values) in choices.items():
        step = steps[kind]
        if step.role == "propensity":
            made |= {"propensity_model_factory": factory, "propensity_model_params": values}
        else:
            stage = "nuisance" if step.is_nuisance else "treatment"
            made[f"{stage}_model_factory"][kind] = factory
            made[f"{stage}_model_params"][kind] = values
    return cls(**parameters, **{name: value for name, value in made.items() if value})


def table_of(name: str, tried: Sequence[Choices], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row for each candidate of the learner with this name."""
    index = pd.DataFrame([{"metalearner": name, **_in_words(choices)} for choices in tried])
    rows = pd.DataFrame([_row(outcome) for outcome in outcomes])
    if not any(outcome.error for outcome in outcomes):
        rows = rows.drop(columns="error")
    return rows.set_index(pd.MultiIndex.from_frame(_grouped(index, list(tried[0]))))


def _in_words(choices: Mapping[str, Choice]) -> dict[str, Any]:
    """What a candidate is made of: the name of each class, and its parameters."""
    found: dict[str, Any] = {}
    for kind, (factory, parameters) in choices.items():
        found[kind] = factory.__name__
        found |= {f"{kind}_{name}": value for name, value in parameters.items()}
    return found


def _grouped(index: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """The columns of each kind of model side by side, in the order of the kinds."""
    order = ["metalearner"]
    names = [str(name) for name in index]
    for kind in kinds:
        own = [n for n in names if n.startswith(f"{kind}_") and n not in {*kinds, *order}]
        order += [kind, *own]
    return index[order]


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "fit_time": outcome.fit_time,
        "score_time": outcome.score_time,
        **{f"train_{name}": value for name, value in outcome.train_scores.items()},
        **{f"test_{name}": value for name, value in (outcome.test_scores or {}).items()},
        "error": outcome.error,
    }
