"""For whom it works: each learner's answers as parts of a page, and why others are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from causal_dask.display import listed
from causal_dask.reports import figures
from causal_dask.reports.answers import OF_SCORES, Answers
from causal_dask.reports.contents import Contents
from causal_dask.reports.tables import PageTable, shown

FOR_WHOM = {
    "gates": "Groups by predicted effect",
    "rank_curve": "What is gained by treating more",
    "rate": "Is it worth treating the highest-ranked first?",
    "clan": "Who the most affected are",
    "best_linear_projection": "With which covariates effects vary",
    "policy_tree": "A rule of treatment",
}
"""Titles of questions about whom treatments work for, in the order of the page."""

CALIBRATION = {"calibration": "Is there heterogeneity, and are predictions calibrated?"}

NOTES = {
    "gates": "Rows are grouped by what models that had not seen them predicted. Crosses are these "
    "predictions, dots what the groups' outcomes say. The intervals in the figure hold for all "
    "groups at once.",
    "rank_curve": "The gain per row of all rows if only those with the largest predicted effects "
    "are treated, by the share that is treated. The band holds for the whole curve.",
    "rate": "How much greater the effect is in the rows ranked first than in all rows, averaged "
    "over how many are treated. 0 means that the ranking is of no use.",
    "clan": "Means of each covariate in the fifth of the rows with the largest predicted effects, "
    "and in the fifth with the smallest. Adjusted p-values hold for all covariates at once, and "
    "count that effects must differ for the groups to mean anything.",
    "best_linear_projection": "How much the effect changes with each covariate, the others being "
    "equal.",
    "policy_tree": "The rule was learned from all rows. The gains in the table are those of a rule "
    "that was learned in the same way from half of the rows, on the other half.",
    "calibration": "A slope of 1 means that effects vary as predicted, 0 that predictions say "
    "nothing of the true differences. The level is how far they are off on average.",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One answer on the page."""

    title: str
    note: str
    figure: str
    table: PageTable
    text: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One learner's answers, and a line for each that is missing."""

    name: str
    parts: tuple[Part, ...]
    missing: tuple[str, ...]


def sections(contents: Contents, titles: dict[str, str]) -> list[Section]:
    """The answers to some questions by learner; what scores alone answer is there once."""
    shown_before: list[pd.DataFrame] = []
    found = []
    for name, answers in contents.answers.items():
        tables = _new_tables(answers, contents.level, shown_before)
        parts = tuple(_part(each, name, answers, tables[each]) for each in titles if each in tables)
        missing = tuple(_missing(answers.not_answered, titles))
        if parts or missing:
            found.append(Section(name, parts, missing))
    return found


def _missing(why: Mapping[str, str], titles: Mapping[str, str]) -> Iterator[str]:
    """A line for each reason, with all questions that it is of."""
    for reason in dict.fromkeys(why[question] for question in titles if question in why):
        named = [f"“{titles[q]}” ({q})" for q in titles if why.get(q) == reason]
        yield f"{listed(named)}: {reason}"


def _new_tables(
    answers: Answers, level: float, before: list[pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """A learner's tables, without those of scores that it shares with an earlier learner."""
    tables = {}
    for name, table in answers.tables(level).items():
        if name in OF_SCORES:
            if any(table.equals(other) for other in before):
                continue
            before.append(table)
        tables[name] = table
    return tables


def _part(question: str, name: str, answers: Answers, table: pd.DataFrame) -> Part:
    title, found = {**FOR_WHOM, **CALIBRATION}[question], answers.found[question]
    whose = f"{title} ({name})"
    figure = figures.answer(found, whose)
    return Part(
        title, NOTES[question], figure, shown(f"{name}_{question}", whose, table), _rule(found)
    )


def _rule(found: Any) -> str:
    """The rule of a policy tree in words."""
    tree = getattr(found, "tree", None)
    return "" if tree is None else str(tree.to_text())


def not_asked(contents: Contents, titles: dict[str, str]) -> Iterator[str]:
    """Why questions are missing for all learners, in a line."""
    asked = {q for each in contents.answers.values() for q in (*each.found, *each.not_answered)}
    alone = [q for q in titles if q not in asked and q in contents.why_not]
    for question in alone:
        yield f"{titles[question]}: {contents.why_not[question]}"
    others = [f"“{titles[q]}” ({q})" for q in titles if q not in asked and q not in alone]
    if others:
        yield f"Not shown: {listed(others)}. {contents.why_not.get('questions', '')}"
