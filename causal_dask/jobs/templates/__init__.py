"""The templates of files that jobs write: a first job file, pages, a batch script.

Pages share the style of reports.
"""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, select_autoescape

TEMPLATES = Environment(
    loader=ChoiceLoader([PackageLoader("causal_dask.jobs"), PackageLoader("causal_dask.reports")]),
    autoescape=select_autoescape(["html.j2"]),  # the others are not HTML
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
