"""Whether estimates can be trusted: overlap, balance, missed confounders, scores of the models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from causal_dask.display import listed
from causal_dask.evaluation.balance import balance_table
from causal_dask.inference.robustness.sensitivity import Sensitivity, sensitivity
from causal_dask.reports import figures
from causal_dask.reports.answers import has_scores
from causal_dask.reports.contents import Contents
from causal_dask.reports.first_screen import Overlap, grouped
from causal_dask.reports.numbers import number, percent
from causal_dask.reports.score_names import readable_scores
from causal_dask.reports.tables import PageTable, shown
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.paths import is_path

BALANCED = 0.1
"""Standardised differences below this are usually taken as balanced."""

IN_FILES = "The covariates stay in their files, and balance is computed in memory."


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure and tables with sentences; or, in ``missing``, why there are none."""

    sentences: tuple[str, ...] = ()
    figure: str = ""
    tables: tuple[PageTable, ...] = ()
    missing: str = ""


def overlap(contents: Contents, found: Overlap) -> Evidence:
    """The propensities of the first learner that has some."""
    if isinstance(found, str):
        return Evidence(missing=found)
    name, report = found
    low, high = report.bounds
    clipped = f"clipped to [{low:.3g}, {high:.3g}]" if low else "not clipped"
    words = f"Propensities of {name}, from models that have not seen the row, were {clipped}."
    tables = (
        shown("overlap", "Rows of each variant, and how many weighting leaves", report.summary),
        shown("propensities", "Quantiles of the propensities, before clipping", report.quantiles),
    )
    return Evidence((words,), figures.overlap(contents.learners[name]), tables)


def balance(contents: Contents, found: Overlap) -> Evidence:
    """Differences of covariates between treatments and control, before and after weighting."""
    if isinstance(found, str):
        return Evidence(missing=found)
    if contents.study.X is None:
        return Evidence(missing=contents.why_not["covariates"])
    if is_path(contents.study.X) or isinstance(contents.study.X, FileTable):
        return Evidence(missing=IN_FILES)
    table = balance_table(contents.learners[found[0]], contents.study.X)
    before, after = (_largest(table, when) for when in ("before", "after"))
    words = (
        f"The largest difference of a covariate from control is {before} standard deviations "
        f"before weighting, and {after} after. Less than {BALANCED} is usually taken as balanced."
    )
    told = shown("balance", "Standardised differences from control", table.set_index("covariate"))
    return Evidence((words,), figures.balance(table), (told,))


def _largest(table: pd.DataFrame, when: str) -> str:
    return number(float(np.nanmax(np.abs(table[when].to_numpy(dtype=float)))))


def robustness(contents: Contents) -> Evidence:
    """How strong a missed confounder would have to be, for each set of scores."""
    names = _with_own_scores(contents)
    if not names:
        return Evidence(missing="No learner here has the scores that this is made of.")
    found = {listed(group): sensitivity(contents.learners[group[0]]) for group in names}
    words = [line for name, each in found.items() for line in _strengths(each, name)]
    tables = tuple(
        shown(
            f"sensitivity_{name}".replace(" ", "_"),
            f"{name}: bounds under a confounder of strength {percent(each.cf_y)}",
            each.table,
        )
        for name, each in found.items()
    )
    return Evidence(tuple(words), "", tables)


def _with_own_scores(contents: Contents) -> list[list[str]]:
    """The names of the learners that have scores, those that share some together."""
    if contents.ate:
        return [names for names, _ in grouped(contents.ate)]
    return [[name] for name, each in contents.learners.items() if has_scores(each)][:1]


def _strengths(found: Sensitivity, name: str) -> list[str]:
    """A sentence for each treatment."""
    return [
        f"{name}, effect of {label}: to explain it away, a missed confounder needs a strength of "
        f"{percent(row['robustness_value'])} with the outcome and with the treatment; for the "
        f"one-sided {percent(found.level)} limit to reach 0, "
        f"{percent(row['robustness_value_limit'])} is enough."
        for label, row in found.table.iterrows()
    ]


def model_scores(contents: Contents) -> Evidence:
    """Out-of-fold scores of the models, under names that people read."""
    if not contents.scores:
        return Evidence(missing=contents.why_not["scores"])
    words = ["Out of fold: of rows that the model has not seen."]
    table = readable_scores(contents.scores)
    losses = table.index.str.contains("-loss")
    if losses.any() and contents.are_comparable:
        words.append("R-loss and DR-loss judge the effects themselves, and compare the learners.")
    elif losses.any():
        words.append(
            "R-loss and DR-loss judge the effects themselves, but do not rank the learners: the "
            "outcomes of these rows have reached the second-stage models, which makes the losses "
            "too small. Set nested: true in the parameters of each learner that has a second stage "
            "to compare them."
        )
    return Evidence(tuple(words), "", (shown("scores", "Scores of the models", table),))
