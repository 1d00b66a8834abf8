"""Fits and predictions of base models. Knows rows and columns, not learners or schedulers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from causal_dask.declared import saved, task
from causal_dask.sources.lazy import Rows
from causal_dask.sources.mapped import let_go
from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.estimators import Jobs, prepare_estimator, weight_keyword
from causal_dask.tasks.prepared.bins import Bins
from causal_dask.tasks.prepared.dataset import Dataset
from causal_dask.tasks.prepared.lasso_cv import fit_lasso_cv
from causal_dask.tasks.prepared.linear import fit_on_factors
from causal_dask.tasks.prepared.ridge_cv import fit_ridge_cv
from causal_dask.tasks.prepared.seen import BLOCK, Training, first_row, seen_by
from causal_dask.tasks.refused_values import refused_values
from causal_dask.tasks.rows import Array, Design, Selection, covariates, select_rows, stitch


@saved("BaseModel")
@dataclass(frozen=True, slots=True)
class BaseModel:
    """An unfitted estimator; its fingerprint is made once, on the client."""

    estimator: Any
    content_fingerprint: str


@saved("Recipe")
@dataclass(frozen=True, slots=True)
class Recipe:
    """All that one fit is made of, besides the data."""

    base: BaseModel
    selection: Selection
    design: Design = Design()
    seed: int | None = None
    fit_params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is asked of a fitted model: class probabilities, a column of outcomes, or an effect.

    ``n_columns`` is the number of classes or variants; 0 asks a regressor. ``variant`` is the one
    that a model with the variant as a feature is shown; None shows each row its own.
    """

    kind: Literal["probabilities", "outcome", "effect"]
    design: Design = Design()
    n_columns: int = 0
    variant: int | None = None


@task("fit")
def fit(
    recipe: Recipe,
    X: Any,
    target: Array | Sequence[Array],
    w: Array | None = None,
    folds: Array | None = None,
    weight: Array | Sequence[Array] | None = None,
    sample_weight: Array | None = None,
    jobs: Jobs = (),
    wide: Jobs = (),
    prepared: Any = None,
    moments: Sequence[Any] | None = None,
    by_sums: bool = False,
) -> Any:
    """A fitted copy of the base model; targets and weights may come fold by fold.

    ``weight`` is the model's own, as of the R-learner, ``sample_weight`` the rows'; a row counts
    by their product. ``prepared`` are the covariates as other fits read them too; ``by_sums``
    says that the model chooses its penalty by sums of the rows. Threads in ``wide`` are for the
    fit alone: the fitted model is that of one thread.
    """
    estimator = prepare_estimator(recipe.base.estimator, recipe.seed, jobs or wide)
    if moments is not None and not by_sums:
        fitted = fit_on_factors(prepared, moments, estimator, first_row(X, recipe.design, w))
        if fitted is not None:
            return fitted
    rows = select_rows(recipe.selection, X.shape[0], w, folds)
    seen = seen_by(X, recipe.design, rows, w)
    extra = {name: _of_rows(value, rows, X) for name, value in recipe.fit_params.items()}
    own = None if weight is None else _whole(weight, recipe, folds)
    weights = [column[rows] for column in (own, sample_weight) if column is not None]
    if weights:
        extra[str(weight_keyword(estimator))] = np.prod(weights, axis=0)
    targets = _whole(target, recipe, folds)[rows]
    try:
        fitted = None
        if isinstance(prepared, Bins | Dataset):
            fitted = prepared.fit(estimator, seen, targets, extra)
        elif by_sums:
            training = Training(seen, targets, extra.get("sample_weight"))
            fitted = _fit_by_sums(estimator, training, prepared, moments)
        if fitted is None:
            fitted = estimator.fit(seen.whole(estimator), targets, **extra)
        # forests add up predictions in the order in which threads end: with more, digits change
        return fitted.set_params(**{name: 1 for name, _ in wide}) if wide else fitted
    except Exception as error:
        where = refused_values(error, X, recipe.design, rows)
        error.add_note(f"while fitting {type(estimator).__name__} on {len(rows):,} rows{where}")
        raise


def _fit_by_sums(
    estimator: Any, training: Training, factors: Any, moments: Sequence[Any] | None
) -> Any | None:
    """The estimator with the penalty that it would choose; None if it is better fitted plainly."""
    if moments is None:
        return fit_lasso_cv(estimator, training)
    return fit_ridge_cv(factors, moments, estimator, training)


@task("predict")
def predict(
    answer: Answer,
    model: Any,
    X: Any,
    rows: Array | None = None,
    w: Array | None = None,
    block: tuple[int, int] | None = None,
) -> Array:
    """What ``model`` predicts for some rows of ``X``, for a range of them, or for all."""
    chosen = rows if block is None else slice(*block)
    if isinstance(chosen, np.ndarray) and len(chosen) > BLOCK and _predicts_row_by_row(model):
        # a part of the rows at a time, so that they are never all copied
        parts = np.split(chosen, range(BLOCK, len(chosen), BLOCK))
        return np.concatenate([_predict_rows(answer, model, X, part, w) for part in parts])
    return _predict_rows(answer, model, X, chosen, w)


def _predict_rows(answer: Answer, model: Any, X: Any, chosen: Rows, w: Array | None) -> Array:
    variants: Array | int | None = answer.variant
    if variants is None and w is not None:
        variants = w if chosen is None else w[chosen]
    seen = named_for(model, covariates(X, answer.design, chosen, variants))
    let_go(X)
    try:
        return _ask(answer, model, seen)
    except Exception as error:
        where, n_rows = refused_values(error, X, answer.design, chosen), seen.shape[0]
        error.add_note(f"while predicting {n_rows:,} rows with {type(model).__name__}{where}")
        raise


def _predicts_row_by_row(model: Any) -> bool:
    """Whether a model's prediction of a row is the same bits whatever other rows are asked for."""
    return type(model).__module__.partition(".")[0] in {"xgboost", "lightgbm"}


@task("combined")
def combine(predictions: Sequence[Array], method: str, sums_to_one: bool) -> Array:
    """Combine the folds' models by mean or median; medians of probabilities are renormalised."""
    mean = np.asarray(np.mean(predictions, axis=0))
    if method == "mean":
        return mean
    middle = np.asarray(np.median(predictions, axis=0))
    if not sums_to_one:
        return middle
    total = middle.sum(axis=1, keepdims=True)
    return np.divide(middle, total, out=mean, where=total > 0)  # all medians 0: take the mean


def _of_rows(value: Any, rows: Array, X: Any) -> Any:
    """A fit parameter for some rows, if it has one entry per row of the study."""
    if isinstance(value, pd.DataFrame) and len(value) == X.shape[0]:
        return value.iloc[rows]
    per_row = isinstance(value, np.ndarray) and value.ndim and len(value) == X.shape[0]
    return value[rows] if per_row else value


def _whole(values: Array | Sequence[Array], recipe: Recipe, folds: Array | None) -> Array:
    """One value per row of the study."""
    if isinstance(values, np.ndarray) or folds is None:
        return np.asarray(values)
    without = recipe.selection.without
    numbers = [fold for fold in range(len(values) + len(without)) if fold not in without]
    return stitch(values, folds, numbers)


def _ask(answer: Answer, model: Any, seen: Any) -> Array:
    if answer.kind == "probabilities":
        return _all_classes(model, model.predict_proba(seen), answer.n_columns)
    predicted = np.asarray(model.predict(seen), dtype=np.float64)
    return predicted.reshape(-1, 1) if answer.kind == "outcome" else predicted.reshape(-1)


def _all_classes(model: Any, probabilities: Any, n_columns: int) -> Array:
    """One column per class, also for classes that the model did not meet."""
    found = np.asarray(probabilities, dtype=np.float64)
    if found.shape[1] == n_columns:
        return found
    whole = np.zeros((len(found), n_columns))
    whole[:, np.asarray(model.classes_, dtype=int)] = found
    return whole
