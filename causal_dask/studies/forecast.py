"""What a study would take, from a few replications that were timed."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.studies.replication import Replication

BUSY = 0.9
"""The share of the workers' time that they are to work, up to which more of them are of use."""


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Shown):
    """What a study would take.

    Attributes
    ----------
    settings : DataFrame
        A row for each setting, with the ``seconds`` of a replication.
    replications : int
        Of each setting.
    core_hours : float
        Of all replications, each on one core.
    workers : int
        With more one-core workers, they would be idle for more than a tenth of their time.
    memory : float
        GB (10^9 bytes) of a process that has run the replications which were timed.
    """

    settings: pd.DataFrame
    replications: int
    core_hours: float
    workers: int
    memory: float

    def _parts(self) -> list[Block]:
        n = len(self.settings) * self.replications
        hours = self.core_hours
        total = f"{hours:.2g} core-hours" if hours >= 0.1 else f"{3600 * hours:.0f} core-seconds"
        sentence = (
            f"{len(self.settings)} settings of {self.replications:,} replications, {n:,} in all: "
            f"about {total}, {self.memory:.2g} GB for each worker, up to {self.workers:,} workers"
        )
        return [sentence, self.settings]


def forecast(
    settings: Sequence[Mapping[str, Any]],
    run: Callable[[Replication], float],
    trials: int,
    replications: int,
) -> Forecast:
    """Time some replications of each setting."""
    seconds = []
    for setting in settings:
        taken = [run(Replication(setting, number)) for number in range(trials)]
        seconds.append(mean(taken[1:] or taken))  # the first one loads libraries
    total = replications * sum(seconds)
    workers = max(int((1 - BUSY) * total / max(*seconds, 1e-9)), 1) if seconds else 1
    unit = 1 if sys.platform == "darwin" else 1024
    columns = [{_column_of(name): value for name, value in each.items()} for each in settings]
    table = pd.DataFrame(columns).assign(seconds=seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    return Forecast(
        table, replications, total / 3600, min(workers, len(seconds) * replications), peak
    )


def _column_of(name: str) -> str:
    """A column of the design beside that of the seconds."""
    return "design seconds" if name == "seconds" else name
