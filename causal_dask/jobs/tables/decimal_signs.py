"""Whether the numbers of a column have decimal points or commas, told by what all rows allow."""

from __future__ import annotations

from collections.abc import Callable, Collection

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Reading
from causal_dask.jobs.tables.distinct_texts import DistinctTexts
from causal_dask.jobs.tables.numbers_in_text import (
    AMBIGUOUS,
    NUMBER,
    OTHER,
    SURE_NUMBER,
)

FEW = 5
"""Distinct numbers from which on it is strange that all have three digits after a point."""


class AmbiguousNumbers(InvalidInput):
    """The sign in a column's numbers may be a decimal sign, or stand between thousands."""


def sure_signs(column: DistinctTexts) -> set[str]:
    """The decimal signs that a column of numbers has for sure, as 1,5 has a comma."""
    return {
        sign
        for sign in OTHER
        if column.n_matches(SURE_NUMBER[sign]) > column.n_matches(AMBIGUOUS[sign])
        and 2 * column.n_matches(NUMBER[sign]) >= column.n_values
    }


def decimal_sign(
    name: str, column: DistinctTexts, reading: Reading, elsewhere: Callable[[], Collection[str]]
) -> tuple[str, str]:
    """The decimal sign of a column, and a remark if its numbers can be read in two ways.

    ``reading`` has the sign that a user has set, ``elsewhere`` finds those that columns of
    the table have for sure.
    """
    if reading.decimal is not None:
        return reading.decimal, ""
    own = sure_signs(column)
    if own:
        return max(sorted(own), key=lambda sign: column.n_matches(NUMBER[sign])), ""
    ambiguous = [sign for sign in OTHER if column.n_matches(AMBIGUOUS[sign])]
    if not ambiguous or 2 * column.n_matches(NUMBER[ambiguous[0]]) < column.n_values:
        return ".", ""
    if len(ambiguous) == len(OTHER):
        raise _ambiguous(name, column, ambiguous[0])
    return _by_other_columns(name, column, ambiguous[0], reading, elsewhere)


def _by_other_columns(
    name: str,
    column: DistinctTexts,
    sign: str,
    reading: Reading,
    elsewhere: Callable[[], Collection[str]],
) -> tuple[str, str]:
    """The decimal sign of numbers such as 1,234, all with the same sign and three digits after."""
    signs, who = set(elsewhere()), "other columns have"
    if not signs and reading.trained:
        signs, who = {reading.trained}, "the training rows have"
    is_decimal = signs == {sign}
    if sign == "." and not signs and not _may_group(column, reading):
        return sign, ""
    if is_decimal and reading.trained != OTHER[sign]:
        return sign, ""
    if not is_decimal and signs != {OTHER[sign]}:
        raise _ambiguous(name, column, sign)
    example, found = _example(column, sign), sign if is_decimal else OTHER[sign]
    return found, (
        f"The column {name!r} has numbers such as {example!r}, which are read as "
        f"{example.replace(sign, '.' if is_decimal else '')!r}, since {who} decimal "
        f"{'commas' if found == ',' else 'points'}"
        f"{', unlike the training rows' if is_decimal else ''}. If that is wrong, set data.decimal "
        f"to {OTHER[found]!r}."
    )


def _may_group(column: DistinctTexts, reading: Reading) -> bool:
    """Whether a point may stand between thousands.

    Numbers without one are all below 1000 then, and some are; or there is none, and the fields are
    separated by semicolons, as where the comma is the decimal sign.
    """
    n_small, n_grouped = column.n_matches(r"^[+-]?\d{1,3}$"), column.n_matches(AMBIGUOUS["."])
    if n_small:
        return n_small + n_grouped == column.n_values
    n_different = column.n_different(AMBIGUOUS["."])
    return (
        ";" in reading.separators
        and n_different >= FEW
        and n_grouped == column.n_matches(NUMBER["."])
    )


def _ambiguous(name: str, column: DistinctTexts, sign: str) -> AmbiguousNumbers:
    what = "comma" if sign == "," else "point"
    return AmbiguousNumbers(
        f"The column {name!r} has numbers such as {_example(column, sign)!r}, whose {what} may be "
        "a decimal sign, or stand between thousands. Set data.decimal to '.' or ','."
    )


def _example(column: DistinctTexts, sign: str) -> str:
    return next(text for text in column.texts.to_pylist() if text and sign in text)
