"""Dates as texts, in the forms that spreadsheets, SAS and databases write, and as days."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.distinct_texts import DistinctTexts

ISO, DAY_OR_MONTH_FIRST = "ISO8601", "day or month first"

TIME = r"(?:[T :]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}| UTC)?)?$"

FORMS = {
    r"^\d{4}-\d{2}-\d{2}" + TIME: ISO,
    r"^\d{4}/\d{1,2}/\d{1,2}$": "%Y/%m/%d",
    r"^\d{1,2}\.\d{1,2}\.\d{4}$": "%d.%m.%Y",
    r"^\d{1,2}\.\d{1,2}\.\d{2}$": "%d.%m.%y",
    r"^\d{1,2}/\d{1,2}/\d{4}$": DAY_OR_MONTH_FIRST,
    r"^\d{1,2}-[A-Za-z]{3}-\d{4}$": "%d-%b-%Y",
    r"^\d{1,2}[A-Za-z]{3}\d{4}$": "%d%b%Y",
    r"^\d{1,2}[A-Za-z]{3}\d{4}:\d{2}:\d{2}:\d{2}$": "%d%b%Y:%H:%M:%S",
}
"""The forms of dates, by their patterns."""

MOST = 0.9
"""The share of a column's values that must be dates of one form."""


def form_of(column: DistinctTexts) -> str | None:
    """The form of the dates in a column, if most of its values are dates."""
    needed = MOST * column.n_values
    forms = (form for pattern, form in FORMS.items() if column.n_matches(pattern) >= needed)
    return next(forms, None)


def days_of_texts(name: str, texts: pd.Series[Any], form: str) -> pd.Series[Any]:
    """Dates of one form as days since 1970-01-01; what is no date is missing."""
    if form == DAY_OR_MONTH_FIRST:
        form = _day_and_month(name, texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return days_of(pd.to_datetime(texts, format=form, errors="coerce", utc=True))


def days_of(dates: pd.Series[Any]) -> pd.Series[Any]:
    """Dates as days since 1970-01-01, with times of the day as fractions."""
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert("UTC").dt.tz_localize(None)
    return (dates - pd.Timestamp(0)) / pd.Timedelta(days=1)


def _day_and_month(name: str, texts: pd.Series[Any]) -> str:
    """Whether the day or the month is first, by the numbers that can be days only."""
    parts = texts.str.extract(r"^(\d+)/(\d+)/").astype(float)
    are_days = (parts > 12).any()
    if are_days[0] == are_days[1]:
        raise InvalidInput(
            f"The column {name!r} has dates such as {texts.dropna().iloc[0]!r}, in which day and "
            "month cannot be told apart. Write them as 2020-12-31."
        )
    return "%d/%m/%Y" if are_days[0] else "%m/%d/%Y"
