"""A finished job in a few lines: average effects, overlap, and whether effects differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from causal_dask.display import by_error
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.inference.heterogeneity.calibration import SLOPE
from causal_dask.jobs.estimates import Estimates
from causal_dask.reports.answers import Answers
from causal_dask.reports.first_screen import overlap_of
from causal_dask.reports.page import failed_in

TESTS = {"calibration": "calibration slope", "rate": "rank-weighted average effect"}
"""Questions that test whether effects differ, the first of which counts, and their estimates."""


def in_brief(estimates: Estimates, level: float) -> list[str]:
    """The lines, without anything that the job has not computed."""
    return [
        *_average_effects(estimates, level),
        _overlap(estimates.learners),
        *(_about_effects(estimates) if estimates.columns else ()),
        *failed_in(estimates.choice),
    ]


def _about_effects(estimates: Estimates) -> list[str]:
    """How far effects of single rows spread, and whether a test says that they differ."""
    return [_spread(estimates), _heterogeneity(estimates.for_whom)]


def _average_effects(estimates: Estimates, level: float) -> Iterator[str]:
    """A line for each learner and contrast, or why a learner has none."""
    for name, ate in estimates.ate.items():
        on = "" if ate.event is None else f" on the probability of {ate.event!r}"
        for label, row in ate.to_frame(level).iterrows():
            numbers = row["estimate"], row["lower"], row["upper"]
            estimate, low, high = by_error(numbers, row["standard_error"])
            yield (
                f"{name}, {label} against {ate.variants[0]}{on}: {estimate} "
                f"({100 * level:g} %: {low} to {high})"
            )
    for name, why in estimates.not_estimated.items():
        yield f"{name}: no average effect. {why}"


def _overlap(learners: Mapping[str, MetaLearner]) -> str:
    """The smallest propensity, and the rows that weighting leaves; those of the report."""
    if not any(each.declaration.has_propensities for each in learners.values()):
        return "Overlap: not looked at, as no learner has a propensity model."
    found = overlap_of(learners)
    if isinstance(found, str):
        return f"Overlap: not looked at. {found}"
    name, report = found
    rows = ", ".join(
        f"{row['effective_rows']:,.0f} of {row['rows']:,.0f} ({variant})"
        for variant, row in report.summary.iterrows()
    )
    smallest = report.quantiles["0%"].min()
    return f"Overlap ({name}): smallest propensity {smallest:.2g}; effective rows {rows}."


def _spread(estimates: Estimates) -> str:
    """Between which values the effects of most rows lie, by column of the effects."""
    columns = [
        column
        for learner, names in estimates.columns.items()
        for column in _of_events(names, estimates.learners[learner])
    ]
    bounds = estimates.effects[columns].quantile([0.05, 0.95])
    ranges = (f"{c} {bounds[c].iloc[0]:.3g} to {bounds[c].iloc[1]:.3g}" for c in columns)
    return f"Estimated effects of nine rows in ten: {'; '.join(ranges)}."


def _of_events(columns: list[str], learner: MetaLearner) -> list[str]:
    """The columns about the event of two classes, whose effects are those on the other reversed."""
    return columns[1::2] if len(getattr(learner, "classes_", ())) == 2 else columns


def _heterogeneity(answers: Mapping[str, Answers]) -> str:
    """The p-values of the first test that the job was asked for."""
    for question, what in TESTS.items():
        found = {name: each.found[question] for name, each in answers.items()
                 if question in each.found}  # fmt: skip
        if found:
            told = "; ".join(line for name, table in found.items() for line in _tested(name, table))
            return f"Do effects differ? By the {what}: {told}."
    reasons = [
        why for each in answers.values() for q, why in each.not_answered.items() if q in TESTS
    ]
    if reasons:
        return f"Do effects differ? Not tested. {reasons[0]}"
    return "Do effects differ? Not tested; 'for_whom: [calibration]' under 'estimate' tests it."


def _tested(learner: str, table: EstimateTable) -> Iterator[str]:
    """The estimate and the p-value of each treatment; of a calibration, those of its slopes."""
    for label, row in table.to_frame().iterrows():
        of, variant = label if isinstance(label, tuple) else (SLOPE, label)
        if of == SLOPE:
            yield f"{learner}, {variant}: {row['estimate']:.3g} (p = {row['p_value']:.2g})"
