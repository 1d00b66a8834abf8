"""What is shown of a running plan's progress, and where: a terminal, a notebook, or a log."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from distributed import get_worker

logger = logging.getLogger("causal_dask.progress")


class Display(Protocol):
    """Shows how far something has come, ``every`` so many seconds."""

    every: float

    def show(self, standing: Standing) -> None:
        """Show this in place of what was shown before."""

    def close(self) -> None:
        """Show nothing more."""


def display_here() -> Display:
    """What fits the place that this process runs in; workers only write to their logs."""
    if _is_worker():
        return LogLines()
    if _in_notebook():
        return Notebook()
    if sys.stderr is not None and sys.stderr.isatty():
        return Bars() if importlib.util.find_spec("rich") else Line()
    return LogLines()


class LogLines:
    """A line now and then, which nobody sees who has not set up logging for it."""

    every = 5.0

    def show(self, standing: Standing) -> None:
        """Log it."""
        logger.info("%s", standing)

    def close(self) -> None:
        """Nothing is left to do."""


class Line:
    """One line of a terminal, written over again and again."""

    every = 0.5

    def show(self, standing: Standing) -> None:
        """Write it at the start of the line, and blanks where a longer one ended."""
        sys.stderr.write(f"\r{standing!s:<78}")
        sys.stderr.flush()

    def close(self) -> None:
        """Go on below."""
        sys.stderr.write("\n")


class Bars:
    """A bar for each stage on a terminal, by the package rich."""

    every = 0.2

    def __init__(self) -> None:
        progress, console = _module("rich.progress"), _module("rich.console")
        self.bars: Any = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[time]}"),
            console=console.Console(stderr=True),
        )
        self.stages: dict[str, Any] = {}
        self.bars.start()

    def show(self, standing: Standing) -> None:
        """Lengthen the bars; the time is beside the last."""
        for stage, (done, n) in standing.stages.items():
            if stage not in self.stages:
                self.stages[stage] = self.bars.add_task(stage or "fits", total=n, time="")
            self.bars.update(self.stages[stage], completed=done)
        self.bars.update(list(self.stages.values())[-1], time=in_words(standing))

    def close(self) -> None:
        """Leave the bars as they are."""
        self.bars.stop()


class Notebook:
    """A line below the cell."""

    every = 0.5

    def __init__(self) -> None:
        self.display = _module("IPython.display")
        self.handle: Any = None

    def show(self, standing: Standing) -> None:
        """Replace the line."""
        shown = {"text/plain": str(standing)}
        if self.handle is None:
            self.handle = self.display.display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def close(self) -> None:
        """Leave the line as it is."""


def _in_notebook() -> bool:
    """Whether this is the kernel of a notebook, which IPython knows if it is loaded."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _is_worker() -> bool:
    try:
        get_worker()
    except ValueError:
        return False
    return True


def _module(name: str) -> Any:
    """A module of a package that need not be installed."""
    return importlib.import_module(name)


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
