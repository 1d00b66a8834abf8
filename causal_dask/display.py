"""How results look in terminals and notebooks: sentences and tables with as many digits as help."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import pandas as pd

Block = str | pd.DataFrame
"""A sentence or a table. A sentence of several lines is text whose columns must stay aligned."""

MOST_ROWS = 60
"""Longer tables are shown without their middle."""

IN_UNITS = {
    "most_affected", "least_affected", "predicted", "estimate", "standard_error", "lower", "upper",
}  # fmt: skip
"""Columns in the unit of the estimate, which get as many decimals as it does."""

HEADS = {
    "standard_error": "std. error",
    "p_value": "p-value",
    "adjusted_p_value": "adjusted p-value",
    "std_error": "std. error",
    "most_affected": "most affected",
    "least_affected": "least affected",
    "share_treated": "share treated",
    "effective_rows": "effective rows",
    "share_outside": "share outside",
    "propensity_of": "propensity of",
    "rows_of": "rows of",
    "n_rows": "rows",
    "model_kind": "model kind",
}
"""How columns are called where people read them."""


def listed(words: Sequence[str]) -> str:
    """Words as a part of a sentence, with an "and" before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class Shown:
    """A result that shows itself as sentences and tables, the same in terminals and notebooks."""

    __slots__ = ()

    def _parts(self) -> Sequence[Block]:
        """What is shown, from top to bottom."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return as_text(self._parts())

    def _repr_html_(self) -> str:
        return as_html(self._parts())


def as_text(parts: Iterable[Block]) -> str:
    """Sentences and tables as text."""
    shown = (f"{part}\n" if _is_a_line(part) else f"{_text_of(part)}\n\n" for part in parts)
    return "".join(shown).rstrip()


def as_html(parts: Iterable[Block]) -> str:
    """Sentences and tables as HTML, whose colours are those of the notebook."""
    shown = (_paragraph(part) if isinstance(part, str) else _html_of(part) for part in parts)
    return f"<div>{''.join(shown)}</div>"


def estimates(table: pd.DataFrame, interval: str = "95% interval") -> pd.DataFrame:
    """A table of estimates ready to be shown: rounded by their errors, bounds in one column."""
    return _with_interval(rounded(table), interval)


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """A table of estimates with words for what is in their unit, rounded by their errors.

    A standard error gets three significant digits, and all in its unit as many decimals.
    """
    decimals = _decimals(table["standard_error"])
    columns: dict[Any, Any] = {}
    for name in table:
        known = zip(table[name], decimals, strict=True)
        columns[name] = [_fixed(*each) for each in known] if name in IN_UNITS else table[name]
    return pd.DataFrame(columns, index=table.index)


def by_error(values: Iterable[float], error: float, digits: int = 3) -> list[str]:
    """Numbers with as many decimals as show this many significant digits of their error."""
    decimals = _decimals([error], digits)[0]
    return [_fixed(value, decimals) for value in values]


def roughly(value: float) -> str:
    """A number that is guessed, with two significant digits and no exponent."""
    if not value or not math.isfinite(value):
        return _number(float(value))
    near = float(f"{value:.2g}")
    return f"{near:,.{_places(near, 2)}f}"


def _with_interval(table: pd.DataFrame, head: str) -> pd.DataFrame:
    """The table with one column for both bounds."""
    bounds = zip(table["lower"], table["upper"], strict=True)
    table.insert(list(table).index("lower"), head, [f"[{low}, {high}]" for low, high in bounds])
    return table.drop(columns=["lower", "upper"])


def _decimals(errors: Iterable[float], digits: int = 3) -> list[int]:
    """How many decimals each row gets: the same ones, unless the errors are far apart."""
    found = [
        _places(error, digits) if error > 0 and math.isfinite(error) else None for error in errors
    ]
    known = [places for places in found if places is not None]
    most = max(known, default=4)
    if most - min(known, default=4) > 2:
        return [most if places is None else places for places in found]
    return [most] * len(found)


def _places(value: float, digits: int) -> int:
    """The decimals that show a number with this many significant digits; 0 or more."""
    return max(digits - 1 - math.floor(math.log10(abs(value))), 0)


def _fixed(value: float, decimals: int) -> str:
    """A number with this many decimals."""
    return f"{value:z,.{decimals}f}" if math.isfinite(value) else _special(value)


def _special(value: float) -> str:
    return "–" if math.isnan(value) else f"{value}"


def _number(value: Any) -> str:
    """A value of a table: fractions with four significant digits, whole numbers in full."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return "" if value is None else "–" if value is pd.NA else str(value)
    if isinstance(value, Integral):
        return f"{value:,}"
    number = float(value)
    if not number or not math.isfinite(number):
        return _special(number) if number else "0"
    places = _places(number, 4)
    return f"{number:.3g}" if places > 8 else f"{number:,.{places}f}"


def p_value(value: float) -> str:
    """A p-value with three decimals."""
    return "<0.001" if value < 0.001 else _fixed(value, 3)


def _formatted(table: pd.DataFrame) -> pd.DataFrame:
    """The table with words for its numbers, and with spaces in the names of its columns."""
    columns = {name: _column(name, table[name]) for name in table}
    words = pd.DataFrame(columns, index=table.index, dtype=object).rename(columns=HEADS)
    return words.rename_axis(index=lambda name: HEADS.get(name, name))


def _column(name: Any, values: pd.Series[Any]) -> list[str]:
    """A column in words."""
    is_p_value = str(name).endswith("p_value") and values.dtype.kind == "f"
    return [p_value(value) if is_p_value else _number(value) for value in values]


def _is_a_line(part: Block) -> bool:
    """Whether what comes next may stand right below."""
    return isinstance(part, str) and "\n" not in part


def _text_of(part: Block) -> str:
    if isinstance(part, str):
        return part
    return _formatted(part).to_string(index=_has_labels(part), max_rows=MOST_ROWS)


def _html_of(table: pd.DataFrame) -> str:
    return _formatted(table).to_html(index=_has_labels(table), max_rows=MOST_ROWS, border=0)


def _paragraph(text: str) -> str:
    tag = "pre" if "\n" in text else "p"
    return f"<{tag}>{html.escape(text)}</{tag}>"


def _has_labels(table: pd.DataFrame) -> bool:
    """Whether the index says more than the numbers of the rows."""
    return not isinstance(table.index, pd.RangeIndex)
