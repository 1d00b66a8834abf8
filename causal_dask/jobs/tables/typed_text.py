"""What a column of texts is, numbers, truth values, dates or categories, by all of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Column, Reading
from causal_dask.jobs.tables.dates_in_text import days_of_texts, form_of
from causal_dask.jobs.tables.decimal_signs import decimal_sign
from causal_dask.jobs.tables.numbers_in_text import (
    NUMBER,
    PADDED,
    TOO_LONG,
    WHOLE,
    as_numbers,
    n_matches,
    n_values,
    plain_texts,
    unit_of,
)
from causal_dask.sources.pyarrow import pyarrow

MISSING = (
    "", ".", "NA", "N/A", "n/a", "n.a.", "N.A.", "NaN", "nan", "-nan", "NaT", "NULL", "null",
    "Null", "(null)", "(NULL)", "[NULL]", "<NA>", "#N/A", "#NA", "\\N",
)  # fmt: skip
"""Texts that mean a missing value. Unlike for pandas "None" does not: it may name a control."""

GAPS = frozenset({
    "?", "-", "--", "---", "*", "**", "na", "Na", "k.A.", "k. A.", "keine Angabe", "n.d.", "ND",
    "nd", "#DIV/0!", "#VALUE!", "#WERT!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "inf", "-inf",
    "Inf", "-Inf", "Infinity", "-Infinity", "._", *(f".{letter}" for letter in ascii_letters),
})  # fmt: skip
"""Texts that mean a missing value where all others are numbers."""

TRUE, FALSE = r"^(?:true|TRUE|True)$", r"^(?:false|FALSE|False)$"

MOST, MANY = 0.9, 20
"""Words among numbers count as missing if this share of the values, and this many different ones,
are numbers: with fewer the numbers may be codes of categories."""

SHOWN = 3
"""The most words that a remark shows."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Texts as numbers, those that are none as missing, with the words that these are."""

    texts: Any
    words: list[str]
    n_words: int
    remark: str

    def column(self, name: str) -> Column:
        """The column; integers if all are, and none is missing."""
        arrow = pyarrow()
        is_whole = not self.texts.null_count and n_matches(self.texts, WHOLE) == len(self.texts)
        values = self.texts.cast(arrow.int64() if is_whole else arrow.float64()).to_pandas()
        shown = ", ".join(map(repr, self.words[:SHOWN])) + (
            ", …" if len(self.words) > SHOWN else ""
        )
        remark = self.remark
        if self.words:
            remark += (
                f"The column {name!r} has numbers, but in {self.n_words:,} rows words ({shown}), "
                "which are read as missing. Correct them if they mean anything else."
            )
        return Column(name, "numbers", values, remark)


def without_missing(texts: Any) -> Any:
    """Texts, with those that mean a missing value as missing."""
    arrow = pyarrow()
    is_missing = arrow.compute.is_in(texts, arrow.array(MISSING))
    return arrow.compute.if_else(is_missing, arrow.scalar(None, arrow.string()), texts)


def typed_column(name: str, texts: Any, reading: Reading, signs: set[str]) -> Column:
    """A column of texts as what all its rows say that it is.

    ``signs`` are the decimal signs that columns of the table have for sure.
    """
    if not n_values(texts):
        return Column(name, "empty", pd.Series(float("nan"), range(len(texts))))
    if _are_truth_values(texts):
        return Column(name, "truth values", _truth(texts))
    form = form_of(texts)
    if form is not None:
        return _dates(name, texts, form, reading)
    numbers = _numbers(name, texts, reading, signs)
    if _may_be_numbers(texts, numbers):
        return numbers.column(name)
    return Column(name, "categories", categories(texts), _mixture(name, texts, numbers))


def numbers_only(name: str, texts: Any, reading: Reading, signs: set[str]) -> Column:
    """A column that has to be numbers; raises if it has other words than those for gaps."""
    if not n_values(texts) or _are_truth_values(texts):
        return typed_column(name, texts, reading, signs)
    numbers = _numbers(name, texts, reading, signs)
    word = next((each for each in numbers.words if each not in GAPS), None)
    if word is not None:
        raise InvalidInput(
            f"the column {name!r} has words such as {word!r}, where there must be numbers. Correct "
            "it."
        )
    return numbers.column(name)


def check_parts(name: str, texts: Any, parts: Sequence[tuple[str, int]]) -> None:
    """Raise if a column has numbers in one file of a table, and words in another."""
    start, files = 0, {}
    for file, n_rows in parts:
        part = texts.slice(start, n_rows)
        start += n_rows
        n_numbers = max(n_matches(part, pattern) for pattern in NUMBER.values())
        if n_values(part) and n_numbers in {0, n_values(part)}:
            files[bool(n_numbers)] = file
    if len(files) > 1 and not n_matches(texts, PADDED):
        raise InvalidInput(
            f"The column {name!r} has numbers in one of {files[True]} and {files[False]}, and "
            "words in the other. Make them alike."
        )


def words(texts: Any) -> pd.Series[Any]:
    """Texts as objects of Python, missing ones as None."""
    return pd.Series(texts.to_pylist(), dtype=object)


def categories(texts: Any) -> pd.Series[Any]:
    """Texts as categories in the order of the alphabet."""
    return words(texts).astype("category")


def as_written(texts: Any) -> pd.Series[Any]:
    """Names as they are written; whole numbers, if all are in their usual form, are numbers."""
    if n_matches(texts, r"^(?:0|-?[1-9]\d{0,17})$") == len(texts):
        return texts.cast(pyarrow().int64()).to_pandas()
    return words(texts)


def _are_truth_values(texts: Any) -> bool:
    return n_matches(texts, TRUE) + n_matches(texts, FALSE) == n_values(texts)


def _truth(texts: Any) -> pd.Series[Any]:
    """Truth values as 0 and 1."""
    arrow = pyarrow()
    are_true = arrow.compute.match_substring_regex(texts, TRUE)
    return are_true.cast(arrow.float64() if texts.null_count else arrow.int64()).to_pandas()


def _numbers(name: str, texts: Any, reading: Reading, signs: set[str]) -> Numbers:
    compute, unit = pyarrow().compute, unit_of(texts)
    plain = plain_texts(texts, unit)
    sign, remark = decimal_sign(name, plain, reading.decimal, signs)
    numbers = as_numbers(plain, sign)
    are_words = compute.and_(compute.is_valid(texts), compute.is_null(numbers))
    found = texts.filter(are_words)
    if unit and n_values(numbers):
        remark = f"The column {name!r} has numbers with {unit!r}, which is left out. {remark}"
    return Numbers(numbers, compute.unique(found).to_pylist(), len(found), remark)


def _may_be_numbers(texts: Any, numbers: Numbers) -> bool:
    """Whether a column is one of numbers, perhaps with words that stand for missing ones."""
    n_numbers = n_values(numbers.texts)
    if not n_numbers or _are_codes(texts, n_numbers):
        return False
    n_different = len(pyarrow().compute.unique(numbers.texts.drop_null()))
    are_few = n_numbers >= MOST * n_values(texts) and n_different >= MANY
    return are_few or GAPS.issuperset(numbers.words)


def _are_codes(texts: Any, n_numbers: int) -> bool:
    """Whether whole numbers are codes: with zeros before them, or too long to calculate with."""
    if n_matches(texts, WHOLE) != n_numbers:
        return False
    return bool(n_matches(texts, PADDED) or n_matches(texts, TOO_LONG))


def _mixture(name: str, texts: Any, numbers: Numbers) -> str:
    """What to say of categories that are numbers in part."""
    if not numbers.words or 2 * numbers.n_words > n_values(texts):
        return ""
    return (
        f"The column {name!r} is read as categories: {numbers.n_words:,} of its "
        f"{n_values(texts):,} values are words such as {numbers.words[0]!r}, the others are "
        "numbers. If it is a column of numbers, correct these."
    )


def _dates(name: str, texts: Any, form: str, reading: Reading) -> Column:
    """A column of dates, as days if they are asked for; what is no date is missing then."""
    found = words(texts)
    if not reading.dates_as_days:
        return Column(name, "dates", found)
    days = days_of_texts(name, found, form)
    strange = found[days.isna() & found.notna()].unique().tolist()
    remark = ""
    if strange:
        remark = (
            f"The column {name!r} has dates, but also words such as {strange[0]!r}, which are read "
            "as missing. Correct them."
        )
    return Column(name, "dates", days, remark)
