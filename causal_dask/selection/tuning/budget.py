"""What a tuning may cost, and when it has stopped to pay."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from causal_dask.errors import InvalidInput

GAIN = 1e-3
"""The share of the loss below which an improvement is none."""


@dataclass
class Budget:
    """Fits and seconds that are left, and waves without an improvement."""

    max_fits: int | None
    max_seconds: float | None
    patience: int | None
    fits: int = 0
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        for name in ("max_fits", "max_seconds", "patience"):
            _check_positive(name, getattr(self, name))

    @property
    def is_limited(self) -> bool:
        """Whether a tuning may end before all trials have run."""
        return any(each is not None for each in (self.max_fits, self.max_seconds, self.patience))

    def trials_left(self, fits_of_trial: int, before: int) -> int:
        """How many more trials the fits allow, with those of the models that all of them read."""
        if self.max_fits is None:
            return sys.maxsize
        return max(self.max_fits - self.fits - before, 0) // max(fits_of_trial, 1)

    def stops(self, waves: list[float]) -> str:
        """Why no further wave is run, if that is so; ``waves`` are the best losses after each."""
        if self.max_seconds is not None and time.monotonic() - self.started >= self.max_seconds:
            return f"{self.max_seconds:g} seconds are over"
        if self.patience is not None and len(waves) > self.patience:
            before, last = waves[-self.patience - 1], waves[-1]
            if last > before - GAIN * abs(before):
                return f"{self.patience} waves brought no gain"
        return ""


def _check_positive(name: str, value: Any) -> None:
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float) or value <= 0
    ):
        raise InvalidInput(f"'{name}' must be a number above 0, or None. Got {value!r}.")
