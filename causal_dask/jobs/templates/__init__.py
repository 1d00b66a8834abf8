"""The templates of files that jobs write: a first job file, pages, a batch script.

Pages share the style and the macros of reports.
"""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, select_autoescape

from causal_dask.reports.numbers import number

TEMPLATES = Environment(
    loader=ChoiceLoader([PackageLoader("causal_dask.jobs"), PackageLoader("causal_dask.reports")]),
    autoescape=select_autoescape(["html.j2"]),  # the others are not HTML
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.filters["number"] = number  # which the macros of reports use
