"""Numbers as people and programs write them: decimal signs, thousands, currencies."""

from __future__ import annotations

import re
from typing import Any

from causal_dask.jobs.tables.distinct_texts import DistinctTexts, distinct_texts
from causal_dask.sources.pyarrow import pyarrow

OTHER = {".": ",", ",": "."}
"""The sign between thousands, by decimal sign."""

UNITS = "$€£¥%"
"""Signs that may stand before or after the numbers of a column."""

SAMPLE = 1_000
"""The rows in which a number is looked for that has a decimal point for sure."""

EXPONENT = r"(?:[eE][+-]?\d+)?"


def _number(decimal: str) -> str:
    """The pattern of numbers with a decimal sign and perhaps the other between thousands."""
    point, comma = re.escape(decimal), re.escape(OTHER[decimal])
    whole = rf"(?:[1-9]\d{{0,2}}(?:{comma}\d{{3}})+|\d+)"
    return rf"^[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+){EXPONENT}$"


def _sure_number(decimal: str) -> str:
    """The pattern of numbers that can have this decimal sign only, unless they are ambiguous."""
    point, comma = re.escape(decimal), re.escape(OTHER[decimal])
    group = rf"[1-9]\d{{0,2}}(?:{comma}\d{{3}})"
    return rf"^[+-]?(?:\d*{point}\d+{EXPONENT}|{group}{{2,}}(?:{point}\d*)?|{group}+{point}\d+)$"


NUMBER = {decimal: _number(decimal) for decimal in OTHER}

SURE_NUMBER = {decimal: _sure_number(decimal) for decimal in OTHER}

AMBIGUOUS = {sign: rf"^[+-]?[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}$" for sign in OTHER}
"""The patterns of numbers whose one sign may be a decimal sign, or stand between thousands."""

WITH_BLANKS = r"^[+-]?\d{1,3}(?:[ \x{00A0}\x{202F}'’]\d{3})+(?:[.,]\d*)?$"

WHOLE, PADDED, TOO_LONG = r"^[+-]?\d+$", r"^[+-]?0\d+$", r"^[+-]?\d{19,}$"


def looks_like_a_number(text: str) -> bool:
    """Whether one text is a number, with either decimal sign."""
    return any(re.match(pattern, text) for pattern in NUMBER.values())


def unit_of(column: DistinctTexts) -> str:
    """The one currency of a column, or the percent sign if all values have it; else nothing."""
    compute = pyarrow().compute
    contain = {sign: compute.match_substring(column.texts, sign) for sign in UNITS}
    counts = {sign: column.n_rows_where(compute.fill_null(c, False)) for sign, c in contain.items()}
    found = [sign for sign, count in counts.items() if count]
    is_one = len(found) == 1 and (found != ["%"] or counts["%"] == column.n_values)
    return found[0] if is_one else ""


def plain_texts(column: DistinctTexts, unit: str) -> DistinctTexts:
    """Texts without what adorns numbers: blanks between thousands, the unit, a long minus."""
    compute = pyarrow().compute
    texts = compute.replace_substring(column.texts, "\u2212", "-")
    texts = compute.replace_substring_regex(texts, r"^\((.*\d.*)\)$", r"-\1")  # accountants' minus
    if unit:
        sign = re.escape(unit)
        texts = compute.replace_substring_regex(texts, rf"^([+-]?)\s*{sign}\s*", r"\1")
        texts = compute.replace_substring_regex(texts, rf"\s*{sign}$", "")
    plain = column.changed(texts)
    close = compute.replace_substring_regex(texts, r"[ \x{00A0}\x{202F}'’]", "")
    return column.changed(compute.if_else(plain.matches(WITH_BLANKS), close, texts))


def as_numbers(column: DistinctTexts, decimal: str) -> DistinctTexts:
    """The texts of numbers as Python writes them; what is no number is missing."""
    arrow = pyarrow()
    compute = arrow.compute
    missing = arrow.scalar(None, arrow.string())
    kept = compute.if_else(column.matches(NUMBER[decimal]), column.texts, missing)
    kept = compute.replace_substring(kept, OTHER[decimal], "")
    return column.changed(compute.utf8_ltrim(compute.replace_substring(kept, decimal, "."), "+"))


def usual_numbers(texts: Any, decimal: str | None) -> Any:
    """Numbers as programs write them, which most columns are; None if they may be anything else.

    This is quick: Arrow reads the texts. A zero before other digits makes them codes, and a point
    is a decimal sign for sure if there are not always three digits after it.
    """
    arrow = pyarrow()
    try:
        numbers = texts.cast(arrow.float64())
    except arrow.ArrowInvalid:
        return None
    if not arrow.compute.all(arrow.compute.is_finite(numbers)).as_py():
        return None
    try:
        whole = texts.cast(arrow.int64())
    except arrow.ArrowInvalid:
        some = distinct_texts(texts.slice(0, SAMPLE))
        n_sure = some.n_matches(SURE_NUMBER["."]) - some.n_matches(AMBIGUOUS["."])
        return numbers if n_sure and decimal != "," else None
    matches = arrow.compute.match_substring_regex(texts, f"{PADDED}|{TOO_LONG}")
    if arrow.compute.any(matches).as_py():
        return None
    return numbers if texts.null_count else whole
