"""The templates of reports."""

from __future__ import annotations

from typing import Any

from causal_dask.errors import MissingExtra
from causal_dask.reports.numbers import number


def template(name: str) -> Any:
    """A template of this folder; raises if Jinja is not installed."""
    try:
        from jinja2 import Environment, PackageLoader  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra.named("jinja2", "cli") from error
    loader = PackageLoader("causal_dask.reports", "templates")
    environment = Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["number"] = number
    return environment.get_template(name)
