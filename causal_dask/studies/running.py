"""Run what a study lacks, and collect what is there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.runtime.map_tasks import map_tasks
from causal_dask.studies.files import Replications
from causal_dask.studies.replication import Replication, Work, keep_death, missing_in, run_one
from causal_dask.studies.results import StudyResults, collect
from causal_dask.studies.until import Goal

LOG = logging.getLogger("causal_dask.progress")

EVERY = 10.0
"""Seconds between two lines about the progress."""

MOST = 100
"""Times the replications asked for, after which a goal counts as out of reach."""


@dataclass(frozen=True, slots=True)
class Run:
    """The settings of a study, what is done in each, and the folder that keeps it."""

    settings: Sequence[Mapping[str, Any]]
    works: Sequence[Work]
    files: Replications

    def until(self, n: int, goal: Goal | None, part: tuple[int, int]) -> StudyResults:
        """Run until every setting has ``n`` replications, and has reached the goal."""
        counts = dict.fromkeys(range(len(self.settings)), n)
        while True:
            self._run_missing(counts, part)
            results = self.results({s: range(count) for s, count in counts.items()})
            further = {} if goal is None else goal.further(results, self.settings, counts)
            further = {s: min(more, MOST * n) for s, more in further.items()}
            if all(counts[s] >= more for s, more in further.items()):
                if further:
                    _warn_of(counts, further)
                if goal is not None and (unjudged := goal.unjudged(results)):
                    _warn_of_unjudged(unjudged)
                return results
            counts |= further

    def results(self, numbers: Mapping[int, Sequence[int]]) -> StudyResults:
        """What is kept of some replications of each setting."""
        wanted = [
            (self.works[s], Replication(self.settings[s], number))
            for s, of_setting in numbers.items()
            for number in of_setting
        ]
        return collect(self.files, wanted, list(self.settings[0]))

    def here(self, replication: Replication) -> float:
        """Run one replication here; returns its seconds."""
        work = self.works[list(self.settings).index(dict(replication.setting))]
        return run_one(self.files, (work, replication))

    def _run_missing(self, counts: Mapping[int, int], part: tuple[int, int]) -> None:
        missing = list(self._missing(counts, part))
        started = told = time.monotonic()
        run, died = partial(run_one, self.files), partial(keep_death, self.files)
        for n_done, _ in enumerate(map_tasks(run, iter(missing), died), 1):
            if time.monotonic() - told > EVERY:
                told = time.monotonic()
                left = (told - started) / n_done * (len(missing) - n_done)
                LOG.info("%s of %s replications, about %.0f s left", n_done, len(missing), left)

    def _missing(
        self, counts: Mapping[int, int], part: tuple[int, int]
    ) -> Iterator[tuple[Work, Replication]]:
        """The replications to run, the first of all settings first."""
        position = 0
        for number in range(max(counts.values())):
            for s in (s for s, count in counts.items() if number < count):
                position += 1
                replication = Replication(self.settings[s], number)
                is_own = position % part[1] == part[0] % part[1]
                if is_own and self._is_missing(self.works[s], replication):
                    yield self.works[s], replication

    def _is_missing(self, work: Work, replication: Replication) -> bool:
        kept = self.files.read(replication.setting, replication.number)
        return bool(missing_in(kept, work))


def _warn_of(counts: Mapping[int, int], further: Mapping[int, int]) -> None:
    """Warn that some settings have not reached the goal."""
    most = max(counts[s] for s in further)
    warn(
        f"{len(further)} of {len(counts)} settings have larger Monte Carlo errors than 'until' "
        f"asks for, after {most:,} replications, {MOST} times those of the study. Their errors are "
        "in the summary; run more with 'replications'.",
        CausalDaskWarning,
    )


def _warn_of_unjudged(measures: Sequence[str]) -> None:
    """Warn that the errors of some measures are unknown."""
    warn(
        f"Whether {list(measures)} have reached the goal of 'until' is unknown: for a setting and "
        "learner all their values failed, or one is infinite. The results' 'failures' say why.",
        CausalDaskWarning,
    )
