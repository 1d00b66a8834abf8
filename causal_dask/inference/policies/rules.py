"""Rules of treatment: arrays, functions and columns, or thresholds on predicted effects."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.judged_effects import Part
from causal_dask.fitted.scores import Scores
from causal_dask.study.columns import column
from causal_dask.study.variants import codes_of
from causal_dask.tasks.rows import Array


def only_rule(rules: dict[str, Any]) -> str:
    """The name of the rule that was passed."""
    given = [name for name, rule in rules.items() if rule is not None]
    if len(given) != 1:
        raise InvalidInput(f"Pass one of {list(rules)}. Got {given or 'none'}.")
    return given[0]


def as_column(policy: Any, X: Any) -> Any:
    """The rule's variants; those of a function, or of a column."""
    if not callable(policy) and not isinstance(policy, str):
        return policy
    if X is None:
        raise InvalidInput("'policy' is a function or the name of a column: pass 'X' too.")
    if callable(policy):
        return policy(X)
    if policy not in getattr(X, "columns", ()):
        raise InvalidInput(f"'policy' names the column {policy!r}, which 'X' does not have.")
    return X[policy]


def best(part: Part, cost: Array) -> tuple[Array, Array]:
    """The treatment with the largest predicted effect, less its cost, and how large that is."""
    worth = part.effects - cost
    return worth.argmax(axis=1) + 1, worth.max(axis=1)


def is_treated(
    largest: Array, threshold: float | None, top_share: float | None, weights: Array | None
) -> Array:
    """Whether a rule of predicted effects treats each row."""
    if threshold is None:
        return _in_top_share(largest, top_share, weights)
    if isinstance(threshold, bool) or not isinstance(threshold, Real) or np.isnan(threshold):
        raise InvalidInput(f"'threshold' must be a number. Got {threshold!r}.")
    return largest > threshold


def _in_top_share(largest: Array, top_share: float | None, own: Array | None) -> Array:
    """Whether each row is among the share in which effects are largest."""
    if isinstance(top_share, bool) or not isinstance(top_share, Real) or not 0 <= top_share <= 1:
        raise InvalidInput(f"'top_share' must be from 0 to 1. Got {top_share!r}.")
    order = np.argsort(-largest, kind="stable")
    weights = np.ones(len(order)) if own is None else own[order]
    reached = np.cumsum(weights) - weights / 2
    treated = np.zeros(len(order), dtype=bool)
    treated[order] = reached <= top_share * weights.sum()
    return treated


def variants_given(policy: Any, scores: Scores) -> Array:
    """The number of the variant that the rule gives each row."""
    check_rows(scores.index, policy, "policy")
    values = column(policy, "policy")
    n_rows = np.asarray(scores.values).shape[1]
    if len(values) != n_rows:
        raise InvalidInput(
            f"'policy' has {len(values)} entries, but there are scores of {n_rows} rows."
        )
    if values.dtype.kind == "b":
        _check_truth_values(scores.variants)
        return values.astype(np.int64)
    return np.asarray(codes_of(values, scores.variants, "policy"))


def _check_truth_values(variants: Sequence[Any]) -> None:
    """Raise if True and False do not say which variants a rule gives."""
    if len(variants) > 2:
        raise InvalidInput(
            f"'policy' holds truth values, which do not say which of the {len(variants)} variants "
            f"a row gets. Pass labels of {list(variants)}, as numpy.where(policy, "
            f"{variants[1]!r}, {variants[0]!r})."
        )
    if isinstance(variants[0], bool | np.bool_) and variants[0]:
        raise InvalidInput(
            "'policy' holds truth values, and True is the label of control, so they may mean "
            "labels, or whether a row is treated. Pass the labels as the numbers 0 and 1: "
            "policy.astype(int), or 1 - policy.astype(int) if True means treated."
        )
