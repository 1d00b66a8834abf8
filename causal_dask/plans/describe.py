"""What a plan will do, before it does: counts, width, critical path, time by number of workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from causal_dask.display import Block, Shown, roughly
from causal_dask.graph.label import Label
from causal_dask.graph.note import NO_NOTE, Kind, Notes, join_notes
from causal_dask.plans.memory import PROGRAM, peak, sizes
from causal_dask.plans.priorities import Waits, critical_path
from causal_dask.plans.simulate import enough_workers, makespan, powers_of_two, width

GUESSED = ("seconds", "seconds alone", "efficiency")
"""The columns that follow from the seconds of fits, which are guessed where none is measured."""

Questions = Mapping[str, frozenset[str]]
"""The keys of the fits that each question to a fitted learner needs."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a description is made from: what tasks wait for, what is known of them, their costs."""

    waits: Waits
    notes: Notes
    costs: Mapping[str, float]
    is_measured: bool
    n_shared: int = 0
    questions: Questions = field(default_factory=dict)
    size_of_data: float = 0.0


@dataclass(frozen=True, repr=False)
class Description(Shown):
    """A plan in numbers, made by ``plan.describe()``. Printed, it is a page of text.

    Attributes
    ----------
    models : DataFrame
        A row per model (learner, kind, variant): its stage, its fits, those of them on all rows,
        its predictions, and the rows and seconds of all its fits.
    n_tasks, n_fits, n_shared : int
        Tasks and fits to run; tasks that more than one of the described plans asks for.
    width : int
        How many fits would run at once if there were workers for all.
    critical_path : list of str
        The fits on the longest path through the graph, which no number of workers shortens.
    critical_seconds, work_seconds : float
        Their time, and that of all tasks one after the other.
    scaling : DataFrame
        By number of workers, of one thread each: predicted seconds, and efficiency, which is the
        share of the workers' time that is spent working.
    enough_workers : int
        Beyond it, more workers save less than 5 % of the time.
    is_measured : bool
        Whether seconds are measured, or guessed from rows and the models' classes. Guesses tell
        proportions, and so efficiency, better than times.
    answers : DataFrame
        By question that ``fit(answers=)`` names: the fits that it needs, those of them that no
        other question needs, and the seconds of both. A plan that leaves fits out has only its own.
    memory : DataFrame
        By number of threads of one worker: the GB (of 10^9 bytes) that its process takes at its
        peak, with program, data and fits, guessed from rows, columns and the models' classes.
    """

    models: pd.DataFrame
    n_tasks: int
    n_fits: int
    n_shared: int
    width: int
    critical_path: list[str]
    critical_seconds: float
    work_seconds: float
    scaling: pd.DataFrame
    enough_workers: int
    is_measured: bool
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)
    memory: pd.DataFrame = field(default_factory=pd.DataFrame)

    def _parts(self) -> list[Block]:
        how, digits = ("measured", "{:.3g}".format) if self.is_measured else ("guessed", roughly)
        times = f"({how} {digits(self.critical_seconds)} s of {digits(self.work_seconds)} s):"
        workers = "1 worker" if self.enough_workers == 1 else f"{self.enough_workers} workers"
        return [
            f"{self.n_tasks:,} tasks, of which {self.n_fits:,} are fits of {len(self.models)} "
            f"models; up to {self.width} fits at once"
            + (f"; {self.n_shared:,} tasks shared" if self.n_shared else ""),
            self._as_known(self.models),
            "\n  ".join([f"Critical path {times}", *self.critical_path]),
            self._as_known(self.scaling),
            f"More than {workers} save less than 5 %.",
            *self._about_memory(),
            *self._about_answers(),
        ]

    def _about_memory(self) -> list[Block]:
        """What workers take, if that is known."""
        if self.memory.empty:
            return []
        by_threads = (f"{n}: {gb:.2g} GB" for n, gb in self.memory["GB"].items())
        return [f"Memory of a worker by its threads (guessed): {', '.join(by_threads)}"]

    def _about_answers(self) -> list[Block]:
        """What single questions need, if that is known."""
        if not len(self.answers):
            return []
        return ["What fit(answers=) would need:", self._as_known(self.answers)]

    def _as_known(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table to be shown, where what is guessed has no more digits than guesses have."""
        if self.is_measured:
            return table
        guessed = {name: table[name].map(roughly) for name in GUESSED if name in table}
        return table.assign(**guessed)


def merge(plans: Sequence[Facts]) -> Facts:
    """The facts of plans that are computed together."""
    asked = Counter(key for facts in plans for key in facts.waits)
    # a plan drops what it knows already, which another may still have to run: keep waits of those
    waits = {key: waited for facts in plans for key, waited in facts.waits.items()}
    costs = {key: seconds for facts in plans for key, seconds in facts.costs.items()}
    return Facts(
        waits={key: tuple(e for e in waited if e in asked) for key, waited in waits.items()},
        notes=join_notes(facts.notes for facts in plans),
        costs={key: costs[key] for key in waits},
        is_measured=any(facts.is_measured for facts in plans),
        n_shared=sum(number > 1 for number in asked.values()),
        questions=join_questions([facts.questions for facts in plans]),
        size_of_data=max(facts.size_of_data for facts in plans),
    )


def join_questions(several: Sequence[Questions]) -> Questions:
    """The fits that each question needs, of several plans."""
    found: dict[str, frozenset[str]] = {}
    for name, keys in (each for questions in several for each in questions.items()):
        found[name] = found.get(name, frozenset()) | keys
    return found


def describe(facts: Facts, workers: Sequence[int] | None = None) -> Description:
    """The numbers of a plan; ``workers`` are the numbers of workers to predict for."""
    fits = {key for key in facts.waits if facts.notes.get(key, NO_NOTE).kind is Kind.FIT}
    widest = width(facts.waits, facts.costs, fits)
    path = critical_path(facts.waits, facts.costs)
    total = sum(facts.costs.values())
    return Description(
        models=_models(facts, fits),
        n_tasks=len(facts.waits),
        n_fits=len(fits),
        n_shared=facts.n_shared,
        width=widest,
        critical_path=[str(facts.notes[key].label) for key in path if key in fits],
        critical_seconds=sum(facts.costs[key] for key in path),
        work_seconds=total,
        scaling=_scaling(facts, workers or list(powers_of_two(max(widest, 1))), total),
        enough_workers=enough_workers(facts.waits, facts.costs, widest),
        is_measured=facts.is_measured,
        answers=_answers(facts, fits),
        memory=_memory(facts, list(powers_of_two(max(widest, 1)))),
    )


def _answers(facts: Facts, fits: set[str]) -> pd.DataFrame:
    """A row per question: its fits, and those that are run for it alone."""
    rows = {}
    for name, keys in facts.questions.items():
        others = [other for n, other in facts.questions.items() if n != name]
        needed = keys & fits
        alone = needed.difference(*others)
        rows[name] = {
            "fits": len(needed), "for it alone": len(alone),
            "seconds": sum(facts.costs[key] for key in needed),
            "seconds alone": sum(facts.costs[key] for key in alone),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("answer")


def _memory(facts: Facts, threads: Sequence[int]) -> pd.DataFrame:
    """The gigabytes of a worker by its threads."""
    taken = sizes(facts.waits, facts.notes)
    before = PROGRAM + facts.size_of_data
    found = [before + peak(facts.waits, facts.costs, taken, n) for n in threads]
    index = pd.Index(list(threads), name="threads")
    return pd.DataFrame({"GB": [size / 1e9 for size in found]}, index=index)


def _models(facts: Facts, fits: set[str]) -> pd.DataFrame:
    """A row per model."""
    rows: dict[str, dict[str, Any]] = {}
    for key in facts.waits:
        note = facts.notes.get(key, NO_NOTE)
        if note.kind is Kind.OTHER or not note.label.stage:
            continue
        row = rows.setdefault(note.label.group, _empty_row(note.label))
        if key in fits:
            row["fits"] += 1
            row["on all rows"] += note.on_all_rows
            row["rows"] += note.work.rows if note.work else 0
            row["seconds"] += facts.costs[key]
        else:
            row["predictions"] += 1
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(_empty_row(Label(""))))
    return table.rename_axis("model")


def _empty_row(label: Label) -> dict[str, Any]:
    numbers = {"fits": 0, "on all rows": 0, "predictions": 0, "rows": 0, "seconds": 0.0}
    return {"stage": label.stage, **numbers}


def _scaling(facts: Facts, workers: Sequence[int], total: float) -> pd.DataFrame:
    """Predicted time by number of workers."""
    seconds = [makespan(facts.waits, facts.costs, n) for n in workers]
    busy = [
        total / (n * taken) if taken else 1.0 for n, taken in zip(workers, seconds, strict=True)
    ]
    index = pd.Index(list(workers), name="workers")
    return pd.DataFrame({"seconds": seconds, "efficiency": busy}, index=index)
