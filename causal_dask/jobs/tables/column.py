"""What has been read of a column, and how a job says that its tables are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Kind = Literal["numbers", "truth values", "categories", "dates", "empty"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a job file says of its tables; None leaves it to the rows.

    ``decimal`` is a sign or None, ``encoding`` one of Python's names, and ``dates_as_days`` says
    that dates become numbers. For numbers that can be read in two ways, ``trained`` is the decimal
    sign of the training rows, if known, and ``separators`` are those of the files.
    """

    decimal: str | None = None
    encoding: str | None = None
    dates_as_days: bool = False
    trained: str = ""
    separators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column, its kind, and what a user should know of it.

    Truth values are the numbers 0 and 1, categories are of pandas' dtype for them, and missing
    values are NaN. ``decimal`` and ``unit`` are the signs that numbers were written with, if any.
    """

    name: str
    kind: Kind
    series: pd.Series[Any]
    remark: str = ""
    decimal: str = ""
    unit: str = ""
