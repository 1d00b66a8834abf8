"""The templates of files that jobs write: a first job file, a report, a batch script."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, select_autoescape

TEMPLATES = Environment(
    loader=PackageLoader("causal_dask.jobs", "templates"),
    autoescape=select_autoescape(["html.j2"]),  # the others are not HTML
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
