"""Whether the numbers of a column have decimal points or commas, told by what all rows allow."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.numbers_in_text import (
    AMBIGUOUS,
    NUMBER,
    OTHER,
    SURE_NUMBER,
    n_matches,
    n_values,
)


class AmbiguousNumbers(InvalidInput):
    """The sign in a column's numbers may be a decimal sign, or stand between thousands."""


def sure_signs(texts: Any) -> set[str]:
    """The decimal signs that a column of numbers has for sure, as 1,5 has a comma."""
    return {
        sign
        for sign in OTHER
        if n_matches(texts, SURE_NUMBER[sign]) > n_matches(texts, AMBIGUOUS[sign])
        and 2 * n_matches(texts, NUMBER[sign]) >= n_values(texts)
    }


def decimal_sign(
    name: str, texts: Any, given: str | None, elsewhere: Collection[str]
) -> tuple[str, str]:
    """The decimal sign of a column, and a remark if its numbers can be read in two ways.

    ``given`` is the sign that a user has set, ``elsewhere`` are those that other columns of the
    table have for sure.
    """
    if given is not None:
        return given, ""
    own = sure_signs(texts)
    if own:
        return max(sorted(own), key=lambda sign: n_matches(texts, NUMBER[sign])), ""
    ambiguous = [sign for sign in OTHER if n_matches(texts, AMBIGUOUS[sign])]
    if not ambiguous or 2 * n_matches(texts, NUMBER[ambiguous[0]]) < n_values(texts):
        return ".", ""
    if len(ambiguous) == len(OTHER):
        raise _ambiguous(name, texts, ambiguous[0])
    return _by_other_columns(name, texts, ambiguous[0], elsewhere)


def _by_other_columns(
    name: str, texts: Any, sign: str, elsewhere: Collection[str]
) -> tuple[str, str]:
    """The decimal sign of numbers such as 1,234, all with the same sign and three digits after."""
    if set(elsewhere) == {sign} or sign == "." and not elsewhere and not _may_group(texts):
        return sign, ""
    if set(elsewhere) != {OTHER[sign]}:
        raise _ambiguous(name, texts, sign)
    example = _example(texts, sign)
    return OTHER[sign], (
        f"The column {name!r} has numbers such as {example!r}, which are read as "
        f"{example.replace(sign, '')!r}, since other columns have decimal "
        f"{'commas' if sign == '.' else 'points'}. If that is wrong, set data.decimal to "
        f"{sign!r}."
    )


def _may_group(texts: Any) -> bool:
    """Whether numbers without a point are all below 1000, as between thousands, and some are."""
    n_small, n_grouped = n_matches(texts, r"^[+-]?\d{1,3}$"), n_matches(texts, AMBIGUOUS["."])
    return bool(n_small) and n_small + n_grouped == n_values(texts)


def _ambiguous(name: str, texts: Any, sign: str) -> AmbiguousNumbers:
    what = "comma" if sign == "," else "point"
    return AmbiguousNumbers(
        f"The column {name!r} has numbers such as {_example(texts, sign)!r}, whose {what} may be a "
        "decimal sign, or stand between thousands. Set data.decimal to '.' or ','."
    )


def _example(texts: Any, sign: str) -> str:
    return next(text for text in texts.to_pylist() if text and sign in text)
