"""What a column of texts is, numbers, truth values, dates or categories, by all of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Column, Reading
from causal_dask.jobs.tables.dates_in_text import days_of_texts, form_of
from causal_dask.jobs.tables.decimal_signs import decimal_sign
from causal_dask.jobs.tables.distinct_texts import DistinctTexts, categories, distinct_texts, words
from causal_dask.jobs.tables.numbers_in_text import (
    NUMBER,
    PADDED,
    SURE_NUMBER,
    TOO_LONG,
    WHOLE,
    as_numbers,
    plain_texts,
    unit_of,
    usual_numbers,
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

Signs = Callable[[], Collection[str]]
"""Finds the decimal signs that columns of a table have for sure."""

TRUE, FALSE = r"^(?:true|TRUE|True)$", r"^(?:false|FALSE|False)$"

MOST, MANY = 0.9, 20
"""Words among numbers count as missing if this share of the values, and this many different ones,
are numbers: with fewer the numbers may be codes of categories."""

SHOWN = 3
"""The most words that a remark shows."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Texts as numbers, those that are none as missing, with the words that these are."""

    column: DistinctTexts
    words: list[str]
    n_words: int
    remark: str
    decimal: str
    unit: str

    def values(self) -> Any:
        """The numbers of the rows; integers if all are, and none is missing."""
        arrow = pyarrow()
        is_whole = self.column.n_matches(WHOLE) == len(self.column)
        numbers = self.column.texts.cast(arrow.int64() if is_whole else arrow.float64())
        return self.column.rows_of(numbers)

    def remarks(self, name: str) -> str:
        """What to say of words and units among the numbers."""
        if not self.words:
            return self.remark
        shown = ", ".join(map(repr, self.words[:SHOWN]))
        more = ", …" if len(self.words) > SHOWN else ""
        return (
            f"{self.remark} The column {name!r} has numbers, but words in {self.n_words:,} of "
            f"{len(self.column):,} rows ({shown}{more}), which are read as missing. Correct them "
            "if they mean anything else."
        ).strip()


def without_missing(texts: Any) -> Any:
    """Texts, with those that mean a missing value as missing."""
    arrow = pyarrow()
    is_missing = arrow.compute.is_in(texts, arrow.array(MISSING))
    return arrow.compute.if_else(is_missing, arrow.scalar(None, arrow.string()), texts)


def typed_column(name: str, texts: Any, reading: Reading, signs: Signs) -> Column:
    """A column of texts as what all its rows say that it is."""
    if texts.null_count == len(texts):
        return Column(name, "empty", pd.Series(float("nan"), range(len(texts))))
    usual = usual_numbers(texts, reading.decimal)
    if usual is not None:
        decimal = "." if pyarrow().types.is_floating(usual.type) else ""
        return Column(name, "numbers", usual.to_pandas(), decimal=decimal)
    column = distinct_texts(texts)
    if _are_truth_values(column):
        return Column(name, "truth values", _truth(column))
    form = form_of(column)
    if form is not None:
        return _dates(name, texts, form, reading)
    numbers = _numbers(name, column, reading, signs)
    if _may_be_numbers(column, numbers):
        return _column_of_numbers(name, numbers)
    _check_one_sign(name, column)
    return Column(name, "categories", categories(texts), _mixture(name, column, numbers))


def numbers_only(name: str, texts: Any, reading: Reading, signs: Signs) -> Column:
    """A column that has to be numbers; raises if it has other words than those for gaps."""
    column = distinct_texts(texts)
    if not column.n_values or _are_truth_values(column):
        return typed_column(name, texts, reading, signs)
    numbers = _numbers(name, column, reading, signs)
    word = next((each for each in numbers.words if each not in GAPS), None)
    if word is not None:
        raise InvalidInput(
            f"the column {name!r} has words such as {word!r}, where there must be numbers. Correct "
            "it."
        )
    return _column_of_numbers(name, numbers)


def check_parts(name: str, texts: Any, parts: Sequence[tuple[str, int]]) -> None:
    """Raise if a column has numbers in one file of a table, and words in another."""
    start, files, has_codes = 0, {}, False
    for file, n_rows in parts:
        part = distinct_texts(texts.slice(start, n_rows))
        start += n_rows
        n_numbers = max(part.n_matches(pattern) for pattern in NUMBER.values())
        has_codes = has_codes or part.n_matches(PADDED) > 0
        if part.n_values and n_numbers in {0, part.n_values}:
            files[bool(n_numbers)] = file
    if len(files) > 1 and not has_codes:
        raise InvalidInput(
            f"The column {name!r} has numbers in one of {files[True]} and {files[False]}, and "
            "words in the other. Make them alike."
        )


def _column_of_numbers(name: str, numbers: Numbers) -> Column:
    values, remarks = numbers.values().to_pandas(), numbers.remarks(name)
    return Column(name, "numbers", values, remarks, numbers.decimal, numbers.unit)


def _are_truth_values(column: DistinctTexts) -> bool:
    return column.n_matches(TRUE) + column.n_matches(FALSE) == column.n_values


def _truth(column: DistinctTexts) -> pd.Series[Any]:
    """Truth values as 0 and 1."""
    arrow = pyarrow()
    are_true = column.rows_of(column.matches(TRUE))
    kind = arrow.float64() if are_true.null_count else arrow.int64()
    return are_true.cast(arrow.int8()).cast(kind).to_pandas()


def _numbers(name: str, column: DistinctTexts, reading: Reading, signs: Signs) -> Numbers:
    compute, unit = pyarrow().compute, unit_of(column)
    plain = plain_texts(column, unit)
    sign, remark = decimal_sign(name, plain, reading, signs)
    numbers = as_numbers(plain, sign)
    are_words = compute.is_null(numbers.texts)
    if unit and numbers.n_values:
        remark = f"The column {name!r} has numbers with {unit!r}, which is left out. {remark}"
    found = column.texts.filter(are_words).to_pylist()
    decimal = sign if plain.n_matches("[.,]") else ""
    n_words = column.n_rows_where(are_words)
    return Numbers(numbers, found, n_words, remark.strip(), decimal, unit)


def _may_be_numbers(column: DistinctTexts, numbers: Numbers) -> bool:
    """Whether a column is one of numbers, perhaps with words that stand for missing ones."""
    n_numbers = numbers.column.n_values
    if not n_numbers or _are_codes(column, n_numbers):
        return False
    n_different = len(numbers.column.texts.unique().drop_null())
    are_few = n_numbers >= MOST * column.n_values and n_different >= MANY
    return are_few or GAPS.issuperset(numbers.words)


def _are_codes(column: DistinctTexts, n_numbers: int) -> bool:
    """Whether whole numbers are codes: with zeros before them, or too long to calculate with."""
    if column.n_matches(WHOLE) != n_numbers:
        return False
    return bool(column.n_matches(f"{PADDED}|{TOO_LONG}"))


def _check_one_sign(name: str, column: DistinctTexts) -> None:
    """Raise if some numbers of a column have decimal points, others commas, and none are words."""
    points, commas = (column.n_matches(SURE_NUMBER[sign]) for sign in ".,")
    if points and commas and points + commas + column.n_matches(WHOLE) >= column.n_values:
        raise InvalidInput(
            f"The column {name!r} has numbers with decimal points ({points:,} rows) and others "
            f"with decimal commas ({commas:,} rows). Write all in one way."
        )


def _mixture(name: str, column: DistinctTexts, numbers: Numbers) -> str:
    """What to say of categories that are numbers in part."""
    if not numbers.words or 2 * numbers.n_words > column.n_values:
        return ""
    return (
        f"The column {name!r} is read as categories: {numbers.n_words:,} of its "
        f"{column.n_values:,} values are words such as {numbers.words[0]!r}, the others are "
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
            f"The column {name!r} has dates, but also words such as {strange[0]!r}, which are "
            "read as missing. Correct them."
        )
    return Column(name, "dates", days, remark)
