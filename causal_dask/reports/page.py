"""Make the page of a report: figures, tables and sentences put into its template."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import pandas as pd

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.reports import figures, trust
from causal_dask.reports.contents import Contents
from causal_dask.reports.first_screen import POPULATIONS, Overlap, light_of, overlap_of, scale_of
from causal_dask.reports.for_whom import CALIBRATION, FOR_WHOM, not_asked, sections
from causal_dask.reports.tables import shown
from causal_dask.reports.templates import template
from causal_dask.selection.choice import Choice

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]


def page_of(contents: Contents) -> str:
    """The report as a page of HTML, with warnings that are first given while it is made."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        overlap = overlap_of(contents.learners)
        values = {
            **_first_screen(contents, overlap), **_for_whom(contents), **_trust(contents, overlap),
            **_study(contents), **_run(contents),
        }  # fmt: skip
    for each in caught:
        if issubclass(each.category, figures.FigureFailed):
            warn(str(each.message), each.category)
    told = [*contents.warnings, *_new(caught, contents.warnings), *failed_in(contents.choice)]
    page: str = template("page.html.j2").render(contents=contents, warnings=told, **values)
    return page


def in_words(warning: warnings.WarningMessage) -> str:
    """A warning as the command line prints it."""
    return f"{warning.category.__name__}: {warning.message}"


def _new(caught: Iterable[warnings.WarningMessage], known: Iterable[str]) -> list[str]:
    """Our warnings that were not given before, each once."""
    ours = [in_words(each) for each in caught if issubclass(each.category, CausalDaskWarning)]
    return [text for text in dict.fromkeys(ours) if not any(k.startswith(text) for k in known)]


def failed_in(choice: Choice | None) -> list[str]:
    """The candidates of a choice that failed, and why."""
    errors = {} if choice is None else choice.errors
    return [f"{name} failed: {why}" for name, why in errors.items()]


def _first_screen(contents: Contents, found: Overlap) -> dict[str, Any]:
    others = {
        estimand: scale_of(contents, ate, f"{estimand}: {POPULATIONS[estimand]}")
        for estimand, ate in contents.other_estimands.items()
    }
    return {
        "scale": scale_of(contents, contents.ate, "Average effects"),
        "other_scales": [scale for scale in others.values() if scale is not None],
        "light": found if isinstance(found, str) else light_of(found[1]),
    }


def _for_whom(contents: Contents) -> dict[str, Any]:
    shown_effects = [
        (
            figures.effects(contents.learners[name], name, table),
            shown(f"effects_{name}", f"Effects of the rows, by {name}", _quantiles(table)),
        )
        for name, table in contents.effects.items()
    ]
    return {
        "for_whom": sections(contents, FOR_WHOM),
        "not_asked": list(not_asked(contents, FOR_WHOM)),
        "effects": shown_effects,
        **_choice(contents),
    }


def _choice(contents: Contents) -> dict[str, Any]:
    """The choice among learners, if there was one."""
    made = contents.choice
    if made is None:
        return {"choice": None}
    return {
        "choice": made,
        "choice_table": shown(
            "choice", "Losses of the candidates", made.table.drop(columns="error")
        ),
        "choice_figure": figures.choice(made),
    }


def _quantiles(effects: pd.DataFrame) -> pd.DataFrame:
    """The mean and quantiles of each column of effects."""
    table = effects.quantile(QUANTILES).T
    table.columns = pd.Index([f"{share:.0%}" for share in QUANTILES])
    table.insert(0, "mean", effects.mean())
    return table.rename_axis("effect")


def _trust(contents: Contents, found: Overlap) -> dict[str, Any]:
    return {
        "evidence": {
            "Overlap": trust.overlap(contents, found),
            "Balance": trust.balance(contents, found),
            "What if a confounder was missed?": trust.robustness(contents),
            "Scores of the models": trust.model_scores(contents),
        },
        "calibration": sections(contents, CALIBRATION),
        "no_calibration": list(not_asked(contents, CALIBRATION)),
    }


def _study(contents: Contents) -> dict[str, Any]:
    columns = contents.study.columns
    return {
        "columns": None if columns is None else shown("columns", "Columns", columns),
    }


def _run(contents: Contents) -> dict[str, Any]:
    """What ran, in numbers and as a figure."""
    timings = contents.run.timings
    computed = timings[timings["task"] != "load"]
    return {
        "n_fits": int((computed["task"] == "fit").sum()),
        "n_loaded": int((timings["task"] == "load").sum()),
        "n_workers": timings["worker"].nunique(),
        "busy_seconds": float(computed["seconds"].sum()),
        "timings_figure": "" if timings.empty else figures.timings(timings),
    }
