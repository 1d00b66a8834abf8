"""Fits and predictions of base models. Knows rows and columns, not learners or schedulers."""

from __future__ import annotations

import copy
import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from causal_dask.declared import saved, task
from causal_dask.tasks.rows import Array, Design, Selection, covariates, select_rows, stitch

THREAD_PARAMETERS = frozenset({"n_jobs", "nthread", "num_threads", "thread_count", "n_threads"})

THREADED = ("HistGradientBoosting", "RandomForest", "ExtraTrees")
"""scikit-learn's classes that are quicker with more threads."""

Jobs = tuple[tuple[str, int], ...]


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
) -> Any:
    """A fitted copy of the base model; targets and weights may come fold by fold.

    ``weight`` is the model's own, as of the R-learner, ``sample_weight`` the rows'; a row counts
    by their product.
    """
    rows = select_rows(recipe.selection, X.shape[0], w, folds)
    variants = None if recipe.design.encoding is None or w is None else w[rows]
    seen = covariates(X, recipe.design, rows, variants)
    estimator = prepare_estimator(recipe.base.estimator, recipe.seed, jobs)
    extra = {name: _of_rows(value, rows, X) for name, value in recipe.fit_params.items()}
    own = None if weight is None else _whole(weight, recipe, folds)
    weights = [column[rows] for column in (own, sample_weight) if column is not None]
    if weights:
        extra[str(weight_keyword(estimator))] = np.prod(weights, axis=0)
    try:
        return estimator.fit(seen, _whole(target, recipe, folds)[rows], **extra)
    except Exception as error:
        error.add_note(f"while fitting {type(estimator).__name__} on {len(rows):,} rows")
        raise


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
    variants: Array | int | None = answer.variant
    if variants is None and w is not None:
        variants = w if chosen is None else w[chosen]
    seen = covariates(X, answer.design, chosen, variants)
    try:
        return _ask(answer, model, seen)
    except Exception as error:
        error.add_note(f"while predicting {seen.shape[0]:,} rows with {type(model).__name__}")
        raise


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


def prepare_estimator(estimator: Any, seed: int | None, jobs: Jobs) -> Any:
    """Clone an estimator and set its seeds and its numbers of threads."""
    if not hasattr(estimator, "get_params"):
        return copy.deepcopy(estimator)
    own = clone(estimator)
    # a thread count that is left open must not mean all cores: many fits share the machine
    settings = dict.fromkeys(_unset_threads(own), 1) | dict(jobs)
    if seed is not None:
        settings |= seeds(own, seed)
    return own.set_params(**settings) if settings else own


def seeds(estimator: Any, seed: int) -> dict[str, Any]:
    """A value for each random state that was left open, in the estimator and in its parts."""
    settings: dict[str, Any] = {}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        drawn = int(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).hexdigest(), 16) >> 1
        if value is None and name.rpartition("__")[2] == "random_state":
            settings[name] = drawn
        elif _shuffles_unseeded(value):
            settings[name] = copy.copy(value)
            settings[name].random_state = drawn
    return settings


def weight_keyword(estimator: Any) -> str | None:
    """The fit keyword that takes row weights, if there is one: a pipeline's is its last step's."""
    if isinstance(estimator, Pipeline):
        last, step = estimator.steps[-1]
        inner = weight_keyword(step)
        return f"{last}__{inner}" if inner else None
    parameters = inspect.signature(estimator.fit).parameters.values()
    if any(parameter.name == "sample_weight" for parameter in parameters):
        return "sample_weight"
    # a search or a calibration takes **fit_params and hands them to what it wraps
    passes_on = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    keywords = (
        {weight_keyword(part) for part in _inner_estimators(estimator)} if passes_on else set()
    )
    return keywords.pop() if len(keywords) == 1 else None


def _inner_estimators(estimator: Any) -> list[Any]:
    """The estimators that another one fits: one, or several with names."""
    named = getattr(estimator, "estimators", None) or []
    single = (getattr(estimator, name, None) for name in ("estimator", "regressor", "classifier"))
    return [part for part in (*(part for _, part in named), *single) if hasattr(part, "fit")]


def _of_rows(value: Any, rows: Array, X: Any) -> Any:
    """A fit parameter for some rows, if it has one entry per row of the study."""
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


def takes_threads(estimator: Any) -> bool:
    """Whether a fit has a use for more threads: trees, and what is not scikit-learn's."""
    if isinstance(estimator, Pipeline):
        return takes_threads(estimator.steps[-1][1])
    if type(estimator).__name__.startswith(THREADED):
        return True
    # scikit-learn's other classes gain little, or spend n_jobs on processes
    can_set = hasattr(estimator, "get_params") and thread_parameter(estimator) is not None
    return can_set and _is_foreign(estimator)


def thread_parameter(estimator: Any) -> str | None:
    """What an estimator calls its number of threads, if it has one: its own before its parts'."""
    names = estimator.get_params(deep=True)
    counts = (name for name in names if name.rpartition("__")[2] in THREAD_PARAMETERS)
    return min(counts, key=lambda name: (name.count("__"), name), default=None)


def _unset_threads(estimator: Any) -> Iterator[str]:
    """Thread parameters left open where open does not mean one (scikit-learn's own do)."""
    parameters = estimator.get_params(deep=True)
    for name, value in parameters.items():
        owner, _, last = name.rpartition("__")
        part = parameters[owner] if owner else estimator
        if value is None and last in THREAD_PARAMETERS and _is_foreign(part):
            yield name


def _is_foreign(estimator: Any) -> bool:
    """Whether another package than scikit-learn wrote the constructor."""
    makers = (cls for cls in type(estimator).__mro__ if "__init__" in vars(cls))
    return next(makers).__module__.partition(".")[0] != "sklearn"


def _shuffles_unseeded(value: Any) -> bool:
    """Whether ``value`` is a splitter that would draw other folds at each call."""
    unseeded = getattr(value, "random_state", 0) is None
    return unseeded and hasattr(value, "split") and getattr(value, "shuffle", True)
