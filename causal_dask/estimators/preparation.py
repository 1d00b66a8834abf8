"""From a learner's arguments and X, y, w to the study that is compiled. All checks happen here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.compile.study import Split, Study
from causal_dask.errors import InvalidInput
from causal_dask.estimators.base_models import (
    Asked,
    bases_of,
    check_estimators,
    classifies,
    estimators_of,
)
from causal_dask.estimators.cross_fitting import (
    Groups,
    checked_n_folds,
    own_splits,
    shared_split,
)
from causal_dask.estimators.inputs import (
    Columns,
    check_lengths,
    class_codes,
    column,
    columns_of,
    covariate_table,
    numeric_outcome,
    treatment_codes,
)
from causal_dask.estimators.rows_seen import row_hashes
from causal_dask.graph.node import data
from causal_dask.tasks.rows import Array

MAX_VARIANTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """A learner's arguments, and those of its ``fit`` that decide what is computed."""

    asked: Asked
    is_classification: bool | None
    n_variants: int | None
    n_folds: Any
    random_state: Any
    options: Mapping[str, Any]
    synchronize: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked study, and what must be remembered of the data to check later calls."""

    study: Study
    columns: Columns
    classes: Array | None
    rows_trained: Array


def prepare(request: Request, X: Any, y: Any, w: Any) -> Prepared:
    """The study of a request; raises before anything runs if it cannot be done."""
    estimators, is_classification = _checked_models(request)
    table, y, w = checked_data(X, y, w)
    codes = treatment_codes(w, checked_n_variants(request))
    outcome, classes = _outcome(request, y, is_classification)
    seed = checked_seed(request)
    n_variants, labels = int(codes.max()) + 1, [] if classes is None else classes.tolist()
    columns = columns_of(table)
    study = Study(
        X=data(table, "X"),
        y=data(outcome, "y"),
        w=data(codes, "w"),
        n_variants=n_variants,
        n_classes=len(labels),
        bases=bases_of(estimators, request.asked, columns, n_variants),
        splits=_splits(request, Groups(codes, outcome, n_variants, tuple(labels)), seed),
        options=request.options,
        seed=seed,
    )
    return Prepared(study, columns, classes, np.sort(row_hashes(table)))


def checked_data(X: Any, y: Any, w: Any) -> tuple[Any, Any, Any]:
    """The covariates as a table and y and w as columns, all of one length."""
    table, y, w = covariate_table(X), column(y, "y"), column(w, "w")
    check_lengths(table, y, w)
    return table, y, w


def checked_seed(request: Request) -> int:
    """The seed that everything is drawn from; a new one where none was given."""
    state = request.random_state
    if state is None:
        return secrets.randbits(31)
    if isinstance(state, np.random.RandomState | np.random.Generator):
        draw = state.randint if isinstance(state, np.random.RandomState) else state.integers
        return int(draw(2**31 - 1))
    if isinstance(state, int | np.integer) and not isinstance(state, bool) and state >= 0:
        return int(state)
    raise InvalidInput(
        f"The 'random_state' parameter of {request.asked.owner} must be a whole number from 0, a "
        f"NumPy generator or None. Got {state!r} instead."
    )


def checked_n_variants(request: Request) -> int | None:
    """The number of variants asked for, if one was."""
    n = request.n_variants
    if n is None:
        return None
    whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
    if not whole or not 2 <= n <= MAX_VARIANTS:
        raise InvalidInput(
            f"The 'n_variants' parameter of {request.asked.owner} must be a whole number of 2 or "
            f"more: control and at least one treatment. Got {n!r} instead."
        )
    return int(n)


def _checked_models(request: Request) -> tuple[dict[str, Any], bool]:
    """The estimators, and whether the outcome is a class: what the outcome model says, if asked."""
    estimators = estimators_of(request.asked)
    outcome = next(s.name for s in request.asked.learner.models if s.role == "outcome")
    is_classification = request.is_classification
    if is_classification is None:
        is_classification = classifies(estimators[outcome])
    check_estimators(estimators, request.asked, is_classification)
    return estimators, is_classification


def _outcome(request: Request, y: Any, is_classification: bool) -> tuple[Array, Array | None]:
    """The outcome as the models get it, and its classes, if it has any."""
    if not is_classification:
        return numeric_outcome(y), None
    codes, classes = class_codes(y)
    learner, owner = request.asked.learner, request.asked.owner
    if len(classes) > 2 and "multiclass" not in learner.outcomes:
        raise InvalidInput(
            f"'y' has {len(classes)} classes, but {owner} takes outcomes of two classes. "
            "Use SLearner or TLearner, or one class against the rest."
        )
    return codes, classes


def _splits(request: Request, groups: Groups, seed: int) -> dict[str, Split]:
    learner, n_rows = request.asked.learner, len(groups.w)
    n_folds = checked_n_folds(request.n_folds, learner, request.asked.owner, n_rows)
    _check_options(request)
    if not request.synchronize:
        return own_splits(groups, n_folds, learner, seed)
    return dict.fromkeys(n_folds, shared_split(groups, n_folds, learner, seed))


def _check_options(request: Request) -> None:
    threshold = request.options.get("clipping_threshold", 0.01)
    number = isinstance(threshold, float | int) and not isinstance(threshold, bool)
    if not number or not 0 < threshold < 0.5:
        raise InvalidInput(
            f"The 'clipping_threshold' parameter of {request.asked.owner} must be a number between "
            f"0 and 0.5. Got {threshold!r} instead."
        )
