"""A table as a report shows it: cells as text, and all digits as a file to download."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pandas as pd

from causal_dask.display import HEADS, rounded
from causal_dask.reports.numbers import cell

LONG = 12
"""Tables with more rows are folded away."""


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table: its caption, the words of its cells, and its CSV file as a data address."""

    file: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv: str

    @property
    def is_long(self) -> bool:
        """Whether the table is folded away."""
        return len(self.rows) > LONG


def shown(file: str, caption: str, frame: pd.DataFrame) -> PageTable:
    """A frame as a table; the levels of its index are its first columns."""
    words = rounded(frame) if "standard_error" in frame else frame
    names = [str(name or "") for name in frame.index.names]
    flat = words.set_axis(pd.Index([*frame.columns], dtype=object), axis=1)
    columns = [*frame.index.to_frame().to_dict("list").values(), *(flat[c].tolist() for c in flat)]
    keys = [*names, *map(str, flat.columns)]
    cells = [[cell(value, key) for value in column]
             for key, column in zip(keys, columns, strict=True)]  # fmt: skip
    head = tuple(HEADS.get(key, key.replace("_", " ")) for key in keys)
    return PageTable(f"{file}.csv", caption, head, tuple(zip(*cells, strict=True)), _csv(frame))


def _csv(frame: pd.DataFrame) -> str:
    """A frame as a CSV file in a data address."""
    return (
        "data:text/csv;charset=utf-8;base64," + base64.b64encode(frame.to_csv().encode()).decode()
    )
