"""Draws the figures of the pages, each from what the code above it has computed."""  # noqa: INP001 - Sphinx imports it

import doctest
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.base import clone

import causal_dask as cd

Names = dict[str, Any]
"""The variables that a page's code has left, by name."""

Drawing = Axes | Figure | cd.Plan

DRAWN = re.compile(r"!\[[^\]]*\]\(_build/figures/(\w+)\.svg\)")
"""An image of a page that is drawn here."""

OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL

NORMAL_95 = 1.96


def write(pages: Path, folder: Path) -> None:
    """Draw the figures of all pages into ``folder``, unless those there are newer than the code."""
    folder.mkdir(parents=True, exist_ok=True)
    code = [Path(__file__), *Path(cd.__file__).parent.rglob("*.py")]
    changed = max(path.stat().st_mtime for path in code)
    for page in sorted(pages.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        paths = [folder / f"{name}.svg" for name in DRAWN.findall(text)]
        since = max(changed, page.stat().st_mtime)
        if ">>> " in text and any(is_older(path, since) for path in paths):
            for name, drawing in drawings(page.name, text):
                save(drawing, folder / f"{name}.svg")


def is_older(path: Path, since: float) -> bool:
    """Whether a file is missing, or was last written before."""
    return not path.exists() or path.stat().st_mtime < since


def drawings(page: str, text: str) -> Iterator[tuple[str, Drawing]]:
    """The figures of a page by name; its code runs on up to each, or all of it before the first."""
    names: Names = {"__name__": "__main__"}
    before, *rest = DRAWN.split(text)
    if ">>> " not in before:
        before = text
    for name, after in zip(rest[::2], rest[1::2], strict=True):
        run(page, before, names)
        yield name, FIGURES[name](names)
        before = after if before is not text else ""


def run(page: str, text: str, names: Names) -> None:
    """Run the code of a part of a page, in the variables that the parts before have left."""
    test = doctest.DocTestParser().get_doctest(text, names, page, page, 0)
    test.globs = names  # get_doctest copies them
    told = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    with warnings.catch_warnings(action="ignore"), redirect_stdout(told):
        failed = runner.run(test, clear_globs=False).failed
    if failed:
        raise RuntimeError(f"The code of {page} does not give what it shows.\n{told.getvalue()}")


def save(drawing: Drawing, path: Path) -> None:
    """Write a figure, on white, and close it."""
    if isinstance(drawing, cd.Plan):
        drawing.visualize(path)
        return
    figure = drawing if isinstance(drawing, Figure) else drawing.figure
    figure.savefig(path, facecolor="white")
    plt.close("all")


def beside(width: float, height: float, *draw: Callable[[Axes], Axes]) -> Figure:
    """Several figures side by side."""
    figure = Figure(figsize=(width, height), layout="constrained")
    for axes, one in zip(figure.subplots(1, len(draw)), draw, strict=True):
        one(axes)
    return figure


def axes_of(height: float) -> Axes:
    """The axes of a new figure of this height in inches."""
    return plt.subplots(figsize=(7, height), layout="constrained")[1]


def titled(ax: Axes, title: str) -> Axes:
    """The axes with a title."""
    ax.set_title(title)
    return ax


def landing(page: Names) -> Figure:
    """The effects of all rows, those of groups, and how one covariate moves them."""
    learner, X = page["learner"], page["X"]
    thirds = cd.gates(learner.judged_effects(X), n_groups=3)
    return beside(
        13, 3.8,
        lambda ax: titled(cd.plot_effects(learner, X, ax), "The effect of each row"),
        lambda ax: titled(cd.plot_gates(thirds, ax), "Groups, judged by unseen rows"),
        lambda ax: titled(cd.plot_effect_of(learner, X, "age", ax), "What moves the effect"),
    )  # fmt: skip


def effects_of_thirds(page: Names) -> Axes:
    """The average effect of each third, before that of everybody."""
    table = page["by_third"].to_frame().reset_index()
    low, high = page["learner"].average_treatment_effect().interval()[0]
    ax = axes_of(3)
    ax.axhspan(low, high, color="0.88", label="everybody, 95 % interval")
    ax.errorbar(
        table["group"].astype(str), table["estimate"], NORMAL_95 * table["standard_error"],
        fmt="o", capsize=4, label="a third, 95 % interval",
    )  # fmt: skip
    ax.set(xlabel="first covariate", ylabel="average effect")
    ax.legend(loc="upper left")
    return ax


def importances(page: Names) -> Figure:
    """The shares of the covariates, and the effect by the values of the first."""
    return beside(
        11, 3.4,
        lambda ax: cd.plot_importances(page["table"], ax),
        lambda ax: cd.plot_effect_of(page["learner"], page["X"], 1, ax),
    )  # fmt: skip


def fits_by_option(page: Names) -> Axes:
    """How many fits the options of this page ask for."""
    options = {
        "5 folds": {},
        "enable_overall=False": {"enable_overall": False},
        "nested=True": {"nested": True},
        "n_repeats=5": {"n_repeats": 5},
    }
    default = {"enable_overall": True, "nested": False, "n_repeats": 1}
    counts = [page["fits"](**default | changed) for changed in options.values()]
    page["fits"](**default)
    return bars(list(options), counts)


def fits_of_store(page: Names) -> Axes:
    """The fits of two learners, and those that were not in the store yet."""
    data = page["study"].X, page["study"].y, page["study"].w
    learners = {"DR-learner": cd.DRLearner, "then X-learner": cd.XLearner}
    alone = [cls(**page["options"]).plan(*data).count("fit") for cls in learners.values()]
    return bars(list(learners), [alone[0], page["n_fits"]() - alone[0]], alone)


def bars(names: list[str], counts: list[int], alone: list[int] | None = None) -> Axes:
    """A bar of fits for each name, with its number, before the fits that it has alone."""
    ax = axes_of(0.9 + 0.4 * len(names))
    if alone is not None:
        ax.barh(names, alone, color="0.85", label="all fits")
    ax.bar_label(ax.barh(names, counts, height=0.5, label="fits that run"), padding=3)
    ax.invert_yaxis()
    ax.set(xlabel="fits")
    ax.margins(x=0.1)
    if alone is not None:
        ax.legend(loc="lower right")
    return ax


def time_by_workers(page: Names) -> Axes:
    """The predicted time by the number of workers, and where more are of little use."""
    found = page["description"]
    ax = axes_of(3)
    ax.plot(found.scaling.index, found.scaling["seconds"], "o-", label="predicted")
    ax.axhline(found.critical_seconds, color="0.4", linestyle="--", label="critical path")
    ax.axvline(found.enough_workers, color="0.8", zorder=0, label="enough workers")
    ax.set(xlabel="workers of one thread", ylabel="seconds", xscale="log", yscale="log")
    ax.set_xticks(found.scaling.index, [str(workers) for workers in found.scaling.index])
    ax.minorticks_off()
    ax.legend()
    return ax


def timings_on_workers(page: Names) -> Axes:
    """What ran when on the workers of the page's cluster, whose addresses nobody needs."""
    ax = cd.plot_timings(page["there"])
    ax.set_yticks(ax.get_yticks(), [f"worker {n}" for n, _ in enumerate(ax.get_yticks(), start=1)])
    return ax


def sites(page: Names) -> Axes:
    """The estimate of each table with its interval, and the pooled ones below."""
    effects = page["effects"]
    pooled = effects.pooled.rename(columns={"model": "table"}).astype({"table": str})
    rows = pd.concat([effects.estimates, pooled], ignore_index=True)
    ax = axes_of(0.9 + 0.32 * len(rows))
    error = NORMAL_95 * rows["standard_error"]
    for one, colour in ((rows["weight"].notna(), "C0"), (rows["weight"].isna(), "C1")):
        at = np.flatnonzero(one)
        ax.errorbar(rows["estimate"][one], at, xerr=error[one], fmt="o", color=colour, capsize=3)
    ax.set(xlabel="average effect, 95 % interval", yticks=range(len(rows)))
    ax.set_yticklabels(rows["table"])
    ax.invert_yaxis()
    return ax


def weighted(page: Names) -> Axes:
    """The average effect without weights, with them, and of rows that are there several times."""
    study, learner, times = page["study"], page["learner"], page["weight"]
    whole = np.repeat(np.arange(len(times)), times)
    fold = np.arange(len(times)) % 5
    ax = axes_of(1.8)
    for name, rows, weight in (
        ("without weights", np.arange(len(times)), None),
        ("with weights", np.arange(len(times)), times),
        ("rows repeated", whole, None),
    ):
        data = study.X[rows], study.y[rows], study.w[rows]
        fitted = clone(learner).fit(*data, sample_weight=weight, cv=fold[rows], groups=rows)
        estimate, error = fitted.average_treatment_effect()
        ax.errorbar(estimate, [name], xerr=NORMAL_95 * error, fmt="o", capsize=4, color="C0")
    ax.invert_yaxis()
    ax.set(xlabel="average effect, 95 % interval")
    ax.margins(y=0.3)
    return ax


def categories(page: Names) -> Axes:
    """The effects of the page's S-learner, the true one, and where all of theirs are."""
    ax = axes_of(2.6)
    ax.hist(page["learner"].predict(page["X"]).ravel(), bins=40, color="C0", label="estimated here")
    ax.axvline(page["study"].ate[0], color="0.2", label="true effect of every row")
    ax.axvline(0, color="C3", linestyle="--", label="metalearners 0.13: 0.0 for every row")
    ax.set(xlabel="effect", ylabel="rows")
    ax.legend()
    return ax


FIGURES: Mapping[str, Callable[[Names], Drawing]] = {
    "landing": landing,
    "effects_of_thirds": effects_of_thirds,
    "choice": lambda page: cd.plot_choice(page["choice"]),
    "timings_on_workers": timings_on_workers,
    "importances": importances,
    "clipped": lambda page: cd.plot_propensities(page["careful"]),
    "fits_by_option": fits_by_option,
    "groups": lambda page: cd.plot_gates(page["groups"]),
    "propensities": lambda page: cd.plot_propensities(page["learner"]),
    "balance": lambda page: cd.plot_balance(page["balance"]),
    "time_by_workers": time_by_workers,
    "timings": lambda page: cd.plot_timings(page["fitted"]),
    "budgets": lambda page: cd.plot_curve(page["spending"]),
    "policy_tree": lambda page: cd.plot_policy_tree(page["tree"]),
    "sites": sites,
    "confounders": lambda page: cd.plot_sensitivity(page["learner"], benchmarks=page["table"]),
    "fits_of_store": fits_of_store,
    "study": lambda page: page["results"].plot("rmse"),
    "labelled": lambda page: cd.plot_effects(page["learner"], page["study"].X),
    "slide": lambda page: page["picture"],
    "weighted": weighted,
    "categories": categories,
    "own_plan": lambda page: page["plan"],
}
"""How each figure is drawn from the variables of its page."""
