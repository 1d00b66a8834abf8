"""Show the progress of a running plan in a terminal, in a notebook, or in logs."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from causal_dask.runtime.worker import this_worker

logger = logging.getLogger("causal_dask.progress")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is: fits done and all fits by stage, the seconds so far and those left.

    ``left`` is an estimate, and None until there is something to base it on.
    """

    stages: Mapping[str, tuple[int, int]]
    seconds: float
    left: float | None

    def __str__(self) -> str:
        counts = [f"{stage or 'fits'} {done}/{n}" for stage, (done, n) in self.stages.items()]
        return ", ".join(filter(None, [*counts, time_in_words(self)]))


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
    if _in_notebook():
        return Notebook()
    if sys.stderr is not None and sys.stderr.isatty():
        return Bars() if importlib.util.find_spec("rich") else Line()
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
    """One line in a terminal that is overwritten again and again."""

    every = 0.5

    def show(self, progress: Progress) -> None:
        """Overwrite the line; blanks cover the rest of a longer one."""
        sys.stderr.write(f"\r{progress!s:<78}")
        sys.stderr.flush()

    def close(self) -> None:
        """Move to the next line."""
        sys.stderr.write("\n")


class Bars:
    """A bar for each stage in a terminal, drawn by the package rich."""

    every = 0.2

    def __init__(self) -> None:
        rich_progress, console = _module("rich.progress"), _module("rich.console")
        self.bars: Any = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TextColumn("{task.fields[time]}"),
            console=console.Console(stderr=True),
        )
        self.stages: dict[str, Any] = {}
        self.bars.start()

    def show(self, progress: Progress) -> None:
        """Lengthen the bars; the time is shown beside the last one."""
        for stage, (done, n) in progress.stages.items():
            if stage not in self.stages:
                self.stages[stage] = self.bars.add_task(stage or "fits", total=n, time="")
            self.bars.update(self.stages[stage], completed=done)
        self.bars.update(list(self.stages.values())[-1], time=time_in_words(progress))

    def close(self) -> None:
        """Leave the bars as they are."""
        self.bars.stop()


class Notebook:
    """A line below the notebook cell."""

    every = 0.5

    def __init__(self) -> None:
        self.display = _module("IPython.display")
        self.handle: Any = None

    def show(self, progress: Progress) -> None:
        """Replace the line."""
        shown = {"text/plain": str(progress)}
        if self.handle is None:
            self.handle = self.display.display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def close(self) -> None:
        """Leave the line as it is."""


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _module(name: str) -> Any:
    """A module of an optional package, imported when it is needed."""
    return importlib.import_module(name)


def _rounded(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
