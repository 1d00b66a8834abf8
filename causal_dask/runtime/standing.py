"""How far something has come, as numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """How many fits of each stage are done, of how many; the seconds so far, and a guess at those
    that are left.
    """

    stages: Mapping[str, tuple[int, int]]
    seconds: float
    left: float | None

    def __str__(self) -> str:
        counts = [f"{stage or 'fits'} {done}/{n}" for stage, (done, n) in self.stages.items()]
        return ", ".join(filter(None, [*counts, in_words(self)]))


def in_words(standing: Standing) -> str:
    """The time left, if it can be guessed, or the time that it took."""
    if all(done == n for done, n in standing.stages.values()):
        return f"{_rounded(standing.seconds)} in all"
    return "" if standing.left is None else f"about {_rounded(standing.left)} left"


def _rounded(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
