"""What happens around every task: failures pass through, threads are limited, errors are kept.

Around some also: what is in a store is not run, what has run is put there, errors are tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from causal_dask.graph.hashing import digest
from causal_dask.runtime.at_hand import at_hand
from causal_dask.runtime.failures import Failure, first_failure
from causal_dask.runtime.finished import Finished, Watch, timing_of, values
from causal_dask.runtime.slots import granted
from causal_dask.runtime.store import MISSING, Store
from causal_dask.runtime.threads import limited_threads

Run = Callable[..., Any]


@dataclass(frozen=True)
class Performer:
    """Performs tasks, plainly or with care; ``label`` is what the store calls a result."""

    store: Store | None = None
    retries: int = 0
    label: str = ""

    @property
    def content_fingerprint(self) -> str:
        """What makes runs of a task differ, whatever it is called."""
        folder = "" if self.store is None else str(self.store.folder)
        return digest("Performer", folder, str(self.retries))

    def __dask_tokenize__(self) -> str:
        return self.content_fingerprint

    def __call__(
        self, run: Run, key: str, threads: int, /, *waited_for: None, **arguments: Any
    ) -> Any:
        """``run``'s result, or the failure that it, or something it needed, ended in."""
        del waited_for
        failed = first_failure(arguments.values())
        if failed is not None:
            return failed
        if run is timing_of:
            return timing_of(**arguments)
        stored = self._stored(key)
        return stored or self._kept(key, self._tried(run, key, threads, arguments))

    def _stored(self, key: str) -> Finished | None:
        """What the store has for a key, timed from when it was asked."""
        watch = Watch()
        value = MISSING if self.store is None else self.store.get(key)
        return None if value is MISSING else Finished(value, watch.timing()._replace(loaded=True))

    def _tried(
        self, run: Run, key: str, threads: int, arguments: Mapping[str, Any]
    ) -> Finished | Failure:
        """What comes of the task at last."""
        threads, given = granted(threads), values(arguments)
        if "jobs" in given:
            given["jobs"] = tuple((name, granted(count)) for name, count in given["jobs"])
        with limited_threads(threads):
            for _ in range(self.retries):
                with suppress(Exception):
                    return _timed(run, given)
            try:
                return _timed(run, given)
            except Exception as error:  # noqa: BLE001 - any error of a user's model is a result
                if self.retries:
                    error.add_note(f"tried {self.retries + 1} times")
                return Failure.of(key, error)

    def _kept(self, key: str, result: Finished | Failure) -> Finished | Failure:
        """The result, which is in the store from now on if it is one."""
        if self.store is not None and isinstance(result, Finished):
            self.store.put(key, result.value, self.label, result.timing.seconds)
        return result


perform = Performer()
"""Performs tasks plainly."""


def _timed(run: Run, given: Mapping[str, Any]) -> Finished:
    watch = Watch()
    value = run(**at_hand(given))
    return Finished(value, watch.timing())
