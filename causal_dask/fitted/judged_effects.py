"""Effects beside the scores of the same rows, by which they can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.fitted.columns_beside import check_rows, degrees_of_freedom_of_groups
from causal_dask.fitted.joint_estimates import against
from causal_dask.fitted.scores import Scores, combined_over_repeats
from causal_dask.study.tables.plain_values import plain_array
from causal_dask.study.variants import examples
from causal_dask.tasks.rows import Array


class Part(NamedTuple):
    """Rows whose effects come from the same models, which have not seen them."""

    rows: Array
    effects: Array
    scores: Array
    weights: Array | None
    groups: Array | None


Statistic = Callable[[Part], tuple[Array, Array]]
"""Estimates of a part, and their covariance."""


@dataclass(frozen=True, eq=False, repr=False)
class JudgedEffects(Shown):
    """Effects that were estimated without the outcomes of their rows, and the rows' scores.

    Made by ``learner.judged_effects(X)``; or of any ranking of rows that was made without looking
    at their outcomes, beside the scores of these rows.

    Attributes
    ----------
    effects : array of shape (n_rows, n_variants - 1) or (n_repeats, n_rows, n_variants - 1)
        The CATE of each contrast, float64, in units of the outcome; or any priorities, the highest
        first. NaN in rows that are not judged. One column may be passed as shape (n_rows,).
    scores : Scores
        Of the same rows, of the ATE.
    folds : array of int of the shape of ``effects`` without its last axis, or None
        Rows whose effects come from the same models; ranks and quantiles are within these. None
        where one set of models gave all effects.

    Raises
    ------
    InvalidInput
        If the shapes or pandas indices do not fit, the scores are of another estimand, or no row
        is judged.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import JudgedEffects, Scores
    >>> scores = Scores(np.array([[[1.0], [3.0], [2.0]]]), ("none", "some"))
    >>> JudgedEffects(np.array([0.1, 0.9, 0.4]), scores).n_judged
    3
    """

    effects: Array
    scores: Scores
    folds: Array | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.scores, Scores):
            raise InvalidType(
                f"'scores' must be those of learner.scores(). Got {type(self.scores).__name__}."
            )
        if self.scores.estimand != "ATE":
            raise InvalidInput(f"'scores' must be of the ATE. Got those of {self.scores.estimand}.")
        for name, given in (("effects", self.effects), ("folds", self.folds)):
            check_rows(self.scores.index, given, name)
        effects = _with_repeats(self.effects, np.shape(self.scores.values))
        folds = _folds_of(self.folds, effects.shape[:2])
        object.__setattr__(self, "effects", effects)
        object.__setattr__(self, "folds", folds)

    def _parts(self) -> list[Block]:
        n_rows = np.shape(self.scores.values)[1]
        flat = self.effects.reshape(-1, self.effects.shape[-1])
        columns = {
            "mean effect": np.nanmean(flat, axis=0), "sd of effects": np.nanstd(flat, axis=0),
            "mean score": np.mean(self.scores.values, axis=(0, 1)),
        }  # fmt: skip
        index = pd.Index(against(self.variants), name="contrast")
        title = f"Effects of {self.n_judged:,} of {n_rows:,} rows, beside their scores"
        return [title, pd.DataFrame(columns, index=index)]

    @property
    def n_judged(self) -> int:
        """How many rows are judged; of the first repeat."""
        return int((~np.isnan(self.effects[0, :, 0])).sum())

    @property
    def variants(self) -> tuple[Any, ...]:
        """The labels of the variants; the first is control."""
        return self.scores.variants

    @property
    def df(self) -> float | None:
        """Degrees of freedom, from the groups of the rows that are judged in some repeat."""
        judged = ~np.isnan(self.effects[..., 0]).all(axis=0)
        weights, groups = self.scores.weights, self.scores.groups
        return degrees_of_freedom_of_groups(
            None if groups is None else groups[judged], None if weights is None else weights[judged]
        )

    def parts(self) -> list[list[Part]]:
        """For each repeat, the parts that are judged."""
        n_repeats = max(len(self.effects), len(self.scores.values))
        return [list(self._parts_of(repeat)) for repeat in range(n_repeats)]

    def estimate(self, statistic: Statistic, *, by_precision: bool = False) -> tuple[Array, Array]:
        """A statistic of each part, averaged over the parts, combined over the repeats.

        Parts add up as a martingale does, whose differences are uncorrelated: so the variance of
        their mean is that of independent ones. With ``by_precision``, a part counts in proportion
        to one over its standard error: then the mean over its standard error is the sum of the
        parts' t-statistics over the root of their number.
        """
        of_repeats = []
        for parts in self.parts():
            found = [statistic(part) for part in parts]
            weights = np.stack(
                [_precision(c) if by_precision else np.ones(len(c)) for _, c in found]
            )
            weights = weights / np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
            estimate = sum(w * e for w, (e, _) in zip(weights, found, strict=True))
            covariance = sum(np.outer(w, w) * c for w, (_, c) in zip(weights, found, strict=True))
            of_repeats.append((np.asarray(estimate), np.asarray(covariance)))
        return combined_over_repeats(self.scores, of_repeats)

    def _parts_of(self, repeat: int) -> Iterator[Part]:
        assert self.folds is not None  # noqa: S101 - set in __post_init__
        at = min(repeat, len(self.effects) - 1)
        effects, folds = self.effects[at], self.folds[at]
        values = np.asarray(self.scores.values)[min(repeat, len(self.scores.values) - 1)]
        weights, groups = self.scores.weights, self.scores.groups
        judged = ~np.isnan(effects[:, 0])
        if weights is not None:  # a row without weight has no rank
            judged &= np.asarray(weights) > 0
        for fold in np.unique(folds[judged]):
            rows = np.flatnonzero(judged & (folds == fold))
            part = Part(
                rows, effects[rows], values[rows],
                None if weights is None else weights[rows],
                None if groups is None else groups[rows],
            )  # fmt: skip
            _check_groups(part)
            yield part


def _precision(covariance: Array) -> Array:
    """One over the standard errors; 0 for what has none, as where all rows are tied."""
    errors = np.sqrt(np.diag(covariance))
    return np.divide(1.0, errors, out=np.zeros_like(errors), where=errors > 0)


def without_errors(estimate: Array, covariance: Array, more: Array) -> tuple[Array, Array]:
    """Estimates and covariance of a part, with more numbers that have no error."""
    whole = np.zeros((len(estimate) + len(more),) * 2)
    whole[: len(estimate), : len(estimate)] = covariance
    return np.concatenate([estimate, more]), whole


def _with_repeats(effects: Any, shape: tuple[int, ...]) -> Array:
    """Effects as (n_repeats, n_rows, n_variants - 1); ``shape`` is that of the scores."""
    found = plain_array(np.asanyarray(effects))
    if found.dtype.kind not in "biuf":
        raise InvalidInput(f"'effects' must hold numbers. Got {examples(found.ravel())}.")
    found = found.astype(np.float64)
    found = found[:, None] if found.ndim == 1 else found
    found = found[None] if found.ndim == 2 else found
    repeats = {found.shape[0], shape[0]} - {1}
    if found.ndim != 3 or found.shape[1:] != shape[1:] or len(repeats) > 1:
        raise InvalidInput(
            f"'effects' must have a row and a column for each of those of the scores, {shape[1:]}. "
            f"Got the shape {np.shape(effects)}."
        )
    _check_numbers(found)
    return found


def _folds_of(folds: Any, shape: tuple[int, ...]) -> Array:
    """The fold of each row, by repeat; ``shape`` is that of the repeats and rows."""
    found = np.zeros(1, dtype=np.int64) if folds is None else np.asarray(folds)
    fits = folds is None or found.ndim and found.shape in {shape, shape[1:], (1, *shape[1:])}
    if not fits or pd.isna(found).any():
        raise InvalidInput(
            f"'folds' must have an entry for each of the {shape[1]} rows, and none may be missing. "
            f"Got the shape {found.shape}, of which {int(pd.isna(found).sum())} are missing."
        )
    return np.broadcast_to(found, shape)


def _check_groups(part: Part) -> None:
    """Raise if rows whose effects come from the same models are of one group: there is no error."""
    if part.groups is not None and (part.groups == part.groups[0]).all():
        raise InvalidInput(
            f"The {len(part.rows)} rows of a fold of judged effects are of one group alone, so "
            "what is found there has no standard error. Use fewer folds, or finer groups."
        )


def _check_numbers(effects: Array) -> None:
    """Raise if a row is judged in part, or none is."""
    missing = np.isnan(effects)
    if np.isinf(effects).any() or (missing.any(axis=2) != missing.all(axis=2)).any():
        raise InvalidInput("'effects' must be finite, or NaN in all columns of a row.")
    if missing.all():
        raise InvalidInput("'effects' are NaN in all rows, so none is judged.")
