"""The data of a fit, checked once; what one learner finds in them, the next need not look for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from causal_dask.graph.node import Data, data
from causal_dask.study.columns import (
    check_indices,
    check_lengths,
    column,
    group_codes,
    numeric_outcome,
    row_weights,
    warn_of_other_order,
)
from causal_dask.study.doubts.codes_of_missing import warn_of_codes
from causal_dask.study.doubts.dates_as_numbers import warn_of_dates
from causal_dask.study.doubts.labels import warn_of_labels
from causal_dask.study.doubts.leaks import check_not_among
from causal_dask.study.request import Given
from causal_dask.study.study import Split
from causal_dask.study.tables.columns_here import columns_here
from causal_dask.study.tables.table import Found, Table
from causal_dask.study.variants import class_codes, codes_of, treatment_labels
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as numbers, the labels that they stand for, and the node that holds them."""

    codes: Array
    labels: tuple[Any, ...]
    node: Data


@dataclass(frozen=True, eq=False)
class StudyData:
    """A table and columns with an entry for each of its rows, which belong together.

    ``cv`` and ``propensities`` are as they were given: what they mean depends on the learner.
    ``labelled`` are ``y`` and ``w`` as they were given, whose indices other arguments must share.
    """

    table: Table
    y: Any
    w: Any
    weights: Array | None = None
    groups: Array | None = None
    cv: Any = None
    propensities: Any = None
    labelled: Mapping[str, Any] = field(default_factory=dict, repr=False)
    found: Found = field(default_factory=Found, repr=False)

    @cached_property
    def weight(self) -> Data | None:
        """The node of the weights, if there are any."""
        return None if self.weights is None else data(self.weights, "weight")

    def treatments(self, n_variants: int | None, control: Any) -> Coded:
        """The variants as numbers, control being 0."""

        def find() -> Coded:
            labels = treatment_labels(self.w, n_variants, control)
            codes = codes_of(self.w, labels, "w")
            warn_of_labels("w", labels, control)
            here = columns_here(self.table.content)
            warn_of_codes(here, self.y)
            warn_of_dates(here)
            check_not_among(here, {"y": self.y, "w": self.w}, self.labelled)
            return Coded(codes, labels, data(codes, "w"))

        return self.found.once(("w", n_variants, type(control), repr(control)), find)

    def numbers(self, has_outcome_model: bool) -> Coded:
        """The outcome as numbers that are no classes."""

        def find() -> Coded:
            values = numeric_outcome(self.y, has_outcome_model)
            return Coded(values, (), data(values, "y"))

        return self.found.once(("y", "numbers"), find)

    def classes(self, event: Any = None) -> Coded:
        """The outcome as numbers of classes, an ``event`` of two being 1."""

        def find() -> Coded:
            codes, labels = class_codes(self.y, event)
            warn_of_labels("y", labels, event)
            return Coded(codes, labels, data(codes, "y"))

        return self.found.once(("y", "classes", type(event), repr(event)), find)

    def split(self, drawn: tuple[Any, ...], draw: Callable[[], Split]) -> Split:
        """A split of the rows, which ``drawn`` describes whole."""
        return self.found.once(("split", *drawn), draw)


def check_data(given: Given) -> StudyData:
    """The data of a fit whose table has been checked and columns read; raises if rows differ.

    Columns that were checked with the same table before, for another learner, are not again.
    """
    roles = (given.y, given.w, given.sample_weight, given.groups)
    same = tuple(map(id, roles))  # kept beside what was made of them, so that no id is used again
    _, known = given.X.once(same, lambda: (roles, _checked_columns(given)))
    shape = getattr(given.propensities, "shape", ())
    by_row = given.propensities if shape[:1] == (given.X.n_rows,) else None
    check_indices({"X": given.X.content, "y": given.y, "propensities": by_row})
    return replace(known, cv=given.cv, propensities=given.propensities)


def _checked_columns(given: Given) -> StudyData:
    table, y, w = given.X, column(given.y, "y"), column(given.w, "w")
    check_lengths(table.content, y, w)
    weights, groups, n_rows = given.sample_weight, given.groups, table.n_rows
    by_row = {"y": given.y, "w": given.w, "sample_weight": weights, "groups": groups}
    check_indices({"X": table.content, **by_row})
    warn_of_other_order(table.content, by_row)
    return StudyData(
        table,
        y,
        w,
        weights=None if weights is None else row_weights(weights, n_rows),
        groups=None if groups is None else group_codes(groups, n_rows),
        labelled={"y": given.y, "w": given.w},
    )
