"""Make the tables of our studies of learners, for the page that says which learner when."""  # noqa: INP001 - Sphinx imports it

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measured import table

RESULTS = Path(__file__).resolve().parents[1] / "tests" / "benchmarks" / "results"

PAGE = "studies_of_learners.md"

SETUPS = {
    "A": "outcome and propensity complex, effect simple",
    "B": "a trial: propensities of one half",
    "C": "outcome complex, the same effect for all",
    "D": "the groups' outcomes unrelated",
}
"""The setups of Nie and Wager (2021), section 6."""

WAYS = {
    "r_loss": "chosen by the R-loss",
    "dr_loss": "chosen by the DR-loss",
    "r_stacking": "mixed by R-stacking",
    "q_aggregation": "mixed by Q-aggregation",
    "causal_stacking": "mixed by causal stacking",
}

STUDIES = {"thirty": "thirty simulated", "like IHDP": "like IHDP", "like ACIC": "like ACIC"}


def write(folder: Path, results: Path = RESULTS) -> None:
    """Write a page with both tables."""
    folder.mkdir(parents=True, exist_ok=True)
    read = [
        json.loads((results / f"{n}.json").read_text("utf-8")) for n in ("nie_wager", "choosing")
    ]
    page = "\n\n".join([errors_by_setup(read[0]), ratios_by_way(read[1])])
    (folder / PAGE).write_text(page + "\n", encoding="utf-8")


def errors_by_setup(result: Mapping[str, Any]) -> str:
    """The mean squared error of each learner in each setup; the least in bold."""
    told = (
        "Mean squared error of the effect with the lasso, 500 rows, in the four setups of "
        f"Nie & Wager (2021), over {result['n_seeds']} draws "
        "([beside the published numbers](checked_against.md)); the smallest is in bold:"
    )
    by_setup: dict[str, dict[str, float]] = {}
    for each in result["means"]:
        by_setup.setdefault(each["setup"], {})[each["learner"]] = each["mean"]
    rows = [{"setup": f"{name}: {SETUPS[name]}"} | marked(by_setup[name]) for name in by_setup]
    return f"{told}\n\n{table(rows)}"


def marked(errors: Mapping[str, float]) -> dict[str, str]:
    """Errors with two decimals, the smallest in bold."""
    least = min(errors.values())
    return {n: f"**{e:.2f}**" if e == least else f"{e:.2f}" for n, e in errors.items()}


def ratios_by_way(result: Mapping[str, Any]) -> str:
    """How the chosen and the mixed learner compare with the best candidate."""
    told = (
        "The error of the learner that `choose` puts first, and of mixtures, over that of the "
        "best of eighteen candidates (S, T, X, R, RA and DR, each with linear models, stumps and "
        "trees): the median over the data sets, and in brackets the ratio that nine in ten do not "
        "exceed:"
    )
    found = {(each["studies"], each["by"]): each for each in result["rows"]}
    rows = [
        {"": way} | {named: ratio(found[study, by]) for study, named in STUDIES.items()}
        for by, way in WAYS.items()
    ]
    return f"{told}\n\n{table(rows)}"


def ratio(row: Mapping[str, Any]) -> str:
    """A median and a quantile of 0.9."""
    return f"{row['ratio']:.2f} ({row['nine_tenths']:.2f})"
