"""Show the progress of a running plan in a terminal, in a notebook, or in logs."""

from __future__ import annotations

import importlib.util
import logging
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from causal_dask.runtime.worker import this_worker

BAR = "{desc} |{bar}| {n_fmt}/{total_fmt}{postfix}"
"""What tqdm draws. The time left is our own: fits take longer in some stages than in others."""

logger = logging.getLogger("causal_dask.progress")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is: fits done and all fits by stage, the seconds so far and those left.

    ``left`` is an estimate, and None until there is something to base it on. ``failed`` counts fits
    that have raised, or need one that has.
    """

    stages: Mapping[str, tuple[int, int]]
    seconds: float
    left: float | None
    failed: int = 0

    @property
    def counts(self) -> str:
        """The fits of each stage."""
        counts = (f"{stage or 'fits'} {done}/{n}" for stage, (done, n) in self.stages.items())
        return ", ".join(counts)

    @property
    def rest(self) -> str:
        """Failures and the time, so far as there are any."""
        failed = f"{self.failed} failed" if self.failed else ""
        return ", ".join(filter(None, [failed, time_in_words(self)]))

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.counts, self.rest]))


class Display(Protocol):
    """Shows progress, ``every`` this many seconds."""

    every: float

    def show(self, progress: Progress) -> None:
        """Show this instead of what was shown before."""

    def close(self) -> None:
        """Stop showing anything."""


def display_here() -> Display:
    """The display that suits this process; workers only write to their logs."""
    if this_worker() is not None:
        return LogLines()
    if _in_notebook() or (sys.stderr is not None and sys.stderr.isatty()):
        return Bar() if importlib.util.find_spec("tqdm") else Line()
    return LogLines()


def time_in_words(progress: Progress) -> str:
    """The time left, if it can be estimated; at the end, the time that the plan took."""
    if all(done == n for done, n in progress.stages.values()):
        return f"{_rounded(progress.seconds)} in all"
    return "" if progress.left is None else f"about {_rounded(progress.left)} left"


class LogLines:
    """A log message now and then, seen only by those who have turned logging on."""

    every = 5.0

    def show(self, progress: Progress) -> None:
        """Log it."""
        logger.info("%s", progress)

    def close(self) -> None:
        """Do nothing: log messages need no end."""


class Line:
    """One line in a terminal or notebook that is overwritten again and again."""

    every = 0.5

    def show(self, progress: Progress) -> None:
        """Overwrite the line; blanks cover the rest of a longer one."""
        sys.stderr.write(f"\r{progress!s:<78}")
        sys.stderr.flush()

    def close(self) -> None:
        """Move to the next line."""
        sys.stderr.write("\n")


class Bar:
    """A bar drawn by the package tqdm: in a terminal as text, in a notebook as a widget."""

    every = 0.2

    def __init__(self) -> None:
        self.bar: Any = None

    def show(self, progress: Progress) -> None:
        """Lengthen the bar; stages stand before it, failures and time after it."""
        if self.bar is None:
            tqdm = importlib.import_module("tqdm.auto").tqdm  # an extra
            total = sum(n for _, n in progress.stages.values())
            # in a terminal whose size is told as 0 by 0, tqdm would draw nothing
            columns, lines = (None, None) if _in_notebook() else shutil.get_terminal_size()
            self.bar = tqdm(total=total, bar_format=BAR, ncols=columns, nrows=lines)
        self.bar.n = sum(done for done, _ in progress.stages.values())
        self.bar.set_description_str(progress.counts, refresh=False)
        self.bar.set_postfix_str(progress.rest, refresh=False)
        self.bar.refresh()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self.bar is not None:
            self.bar.close()


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _rounded(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
