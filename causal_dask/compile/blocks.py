"""Cuts long tables of new rows into blocks, which are predicted side by side."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from causal_dask.graph.node import data
from causal_dask.graph.spread import Spread
from causal_dask.study.study import NewRows

ROWS_PER_BLOCK = 50_000
"""Rows up to which a table is one block: predicting fewer takes about as long as the overhead of a
task on a cluster.
"""


def blocks_of(place: NewRows) -> list[NewRows]:
    """The rows in blocks: the partitions of a table that has some, else ranges of rows."""
    table: Any = place.X.value
    if place.rows is not None:
        return [place]
    if isinstance(table, Spread) and len(table.parts) > 1:
        parts = [replace(place, X=data(part, "X")) for part in table.apart()]
        # codes of w cover the whole table, so the table of rows with a w is not cut
        return [place] if place.w is not None else [b for part in parts for b in blocks_of(part)]
    n_rows = table.shape[0]
    return (
        [replace(place, rows=rows) for rows in ranges(n_rows)]
        if n_rows > ROWS_PER_BLOCK
        else [place]
    )


def ranges(n_rows: int) -> list[tuple[int, int]]:
    """Ranges of rows of about equal length, none longer than a block."""
    n_blocks = -(-n_rows // ROWS_PER_BLOCK)
    bounds = [n_rows * number // n_blocks for number in range(n_blocks + 1)]
    return list(pairwise(bounds))
