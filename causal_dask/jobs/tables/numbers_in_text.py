"""Numbers as people and programs write them: decimal signs, thousands, currencies."""

from __future__ import annotations

import re
from typing import Any

from causal_dask.sources.pyarrow import pyarrow

OTHER = {".": ",", ",": "."}
"""The sign between thousands, by decimal sign."""

UNITS = "$€£¥%"
"""Signs that may stand before or after the numbers of a column."""

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


def n_matches(texts: Any, pattern: str) -> int:
    """The number of texts that match a pattern."""
    return int(pyarrow().compute.sum(_matches(texts, pattern)).as_py() or 0)


def n_values(texts: Any) -> int:
    """The number of texts that are not missing."""
    return len(texts) - texts.null_count


def unit_of(texts: Any) -> str:
    """The one currency of a column, or the percent sign if all values have it; else nothing."""
    compute = pyarrow().compute
    counts = {sign: compute.sum(compute.match_substring(texts, sign)).as_py() for sign in UNITS}
    found = [sign for sign, count in counts.items() if count]
    is_one = len(found) == 1 and (found != ["%"] or counts["%"] == n_values(texts))
    return found[0] if is_one else ""


def plain_texts(texts: Any, unit: str) -> Any:
    """Texts without what adorns numbers: blanks between thousands, the unit, a long minus."""
    compute = pyarrow().compute
    texts = compute.replace_substring(texts, "\u2212", "-")
    texts = compute.replace_substring_regex(texts, r"^\((.*\d.*)\)$", r"-\1")  # accountants' minus
    if unit:
        sign = re.escape(unit)
        texts = compute.replace_substring_regex(texts, rf"^([+-]?)\s*{sign}\s*", r"\1")
        texts = compute.replace_substring_regex(texts, rf"\s*{sign}$", "")
    close = compute.replace_substring_regex(texts, r"[ \x{00A0}\x{202F}'’]", "")
    return compute.if_else(_matches(texts, WITH_BLANKS), close, texts)


def as_numbers(texts: Any, decimal: str) -> Any:
    """The texts of numbers as Python writes them; what is no number is missing."""
    arrow = pyarrow()
    compute = arrow.compute
    missing = arrow.scalar(None, arrow.string())
    kept = compute.if_else(_matches(texts, NUMBER[decimal]), texts, missing)
    kept = compute.replace_substring(kept, OTHER[decimal], "")
    return compute.utf8_ltrim(compute.replace_substring(kept, decimal, "."), "+")


def _matches(texts: Any, pattern: str) -> Any:
    """Whether each text matches a pattern; missing ones do not."""
    compute = pyarrow().compute
    return compute.fill_null(compute.match_substring_regex(texts, pattern), False)
