"""What happens around every task: failures pass through, threads are limited, errors are caught.

Fits also read their result from a store, or put it there, and are tried again after an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import dask
from dask.base import get_annotations

from causal_dask.errors import InvalidInput
from causal_dask.graph.note import ThreadCounts
from causal_dask.keys.hashing import digest
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import Failure, first_failure
from causal_dask.runtime.limits.admission import room_for
from causal_dask.runtime.results import Finished, Watch, timing_of, values
from causal_dask.runtime.shared_files import open_handles
from causal_dask.runtime.threads import grant, grant_counts, limit_threads
from causal_dask.storage.owners import check_owner
from causal_dask.storage.store import MISSING, Store

Run = Callable[..., Any]


@dataclass(frozen=True)
class Performer:
    """Performs tasks, plainly or with a store and retries; ``label`` names results in the store.

    A task that needs ``memory`` waits until its process has so many bytes within a ``limit``.
    """

    store: Store | None = None
    retries: int = 0
    label: str = ""
    memory: int = 0
    limit: int = 0

    @property
    def content_fingerprint(self) -> str:
        """What makes runs of a task differ; the label does not."""
        folder = "" if self.store is None else str(self.store.folder)
        room = (str(self.memory), str(self.limit)) if self.memory else ()
        return digest("Performer", folder, str(self.retries), *room)

    def __dask_tokenize__(self) -> str:
        return self.content_fingerprint

    def __call__(
        self, run: Run, key: str, threads: int, /, *waited_for: None, **arguments: Any
    ) -> Any:
        """Call ``run``; returns its result, or the failure of the call or of what it reads."""
        del waited_for
        failed = first_failure(arguments.values())
        if failed is not None:
            return failed
        # a timing reads the finished task, not its value, and is neither timed nor stored itself
        if run is timing_of:
            return timing_of(**arguments)
        stored = self._load(key)
        return stored or self._keep(key, self._try(run, key, threads, arguments))

    def _load(self, key: str) -> Finished | None:
        """Load the result of a key from the store, with the time that it took."""
        watch = Watch()
        value = MISSING if self.store is None else self.store.get(key)
        return None if value is MISSING else Finished(value, watch.timing()._replace(loaded=True))

    def _try(
        self, run: Run, key: str, threads: int, arguments: Mapping[str, Any]
    ) -> Finished | Failure:
        """Run the task, again if it raises and retries are left."""
        threads, arguments = grant(threads), _grant(values(arguments))
        with room_for(self.memory, self.limit), limit_threads(threads):
            for _ in range(self.retries):
                with suppress(Exception):
                    return _time(run, arguments, threads)
            try:
                return _time(run, arguments, threads)
            except Exception as error:  # noqa: BLE001 - any error of a user's model is a result
                if self.retries:
                    error.add_note(f"tried {self.retries + 1} times")
                return Failure.of(key, error)

    def _keep(self, key: str, result: Finished | Failure) -> Finished | Failure:
        """Put a result into the store, unless it is a failure, and return it."""
        if self.store is not None and isinstance(result, Finished):
            self.store.put(key, result.value, self.label, result.timing.seconds)
        return result


perform = Performer()
"""Performs tasks plainly."""


def _grant(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Cut counts of threads among a task's arguments to those of this worker."""
    return {
        word: grant_counts(argument) if isinstance(argument, ThreadCounts) else argument
        for word, argument in arguments.items()
    }


def _time(run: Run, arguments: Mapping[str, Any], threads: int) -> Finished:
    watch = Watch()
    value = run(**open_handles(arguments))
    return Finished(value, watch.timing(threads))


STORE = "causal_dask.store"
"""The setting of Dask that names the store of all fits."""


TRUST = "causal_dask.trust"
"""The setting of Dask that lets files of other users be read."""

RESOURCES = "causal_dask.resources"
"""The setting of Dask that says which resources the fits of any learner need, by kind."""


@dataclass(frozen=True, slots=True)
class Care:
    """Where finished fits are kept, how often a failed one is tried again, what its worker needs.

    ``resources`` are by kind of model; not ``strict`` ones may be of other learners.
    """

    store: Store | None = None
    retries: int = 0
    resources: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strict: bool = True


NO_CARE = Care()


def care_for(store: Any, retries: Any, resources: Any = None) -> Care:
    """What arguments of ``fit`` ask for, or Dask's settings and annotations in their place."""
    folder = dask.config.get(STORE, None) if store is None else store
    return Care(
        None if folder is None else _own_store(folder),
        _check_retries(retries) or _annotated_retries(),
        (dask.config.get(RESOURCES, None) or {}) if resources is None else resources,
        strict=resources is not None,
    )


def _own_store(folder: Any) -> Store:
    """The store in a folder; raises if it is another user's, whom no setting trusts."""
    store = Store(folder, trust=trusts_others())
    with suppress(OSError):  # of a folder that may not be looked into
        if store.folder.is_file():
            raise InvalidInput(f"'store' must be the path of a folder, and {folder} is a file.")
    if not store.trust:
        check_owner(store.folder, f"set Dask's setting {TRUST!r} to True")
    return store


def trusts_others() -> bool:
    """Whether Dask's settings let files of other users be read."""
    return bool(dask.config.get(TRUST, False))


def store_of(plan: Plan) -> Store | None:
    """The store that a plan's fits are kept in."""
    performers = (how.perform for how in plan.execution.alterations.values())
    stores = (each.store for each in performers if isinstance(each, Performer))
    return next((store for store in stores if store is not None), None)


def _check_retries(retries: Any) -> int:
    whole = isinstance(retries, Integral) and not isinstance(retries, bool)
    if whole and retries >= 0:
        return int(retries)
    raise InvalidInput(
        "'retries' says how often a fit that raises is tried again: a whole number of 0 or more. "
        f"Got {retries!r}."
    )


def _annotated_retries() -> int:
    """The retries of ``dask.annotate``; 0 if they are a function, which says them task by task."""
    retries = get_annotations().get("retries", 0)
    return retries if isinstance(retries, int) else 0


def how_to_resume(plan: Plan) -> str:
    """Advice on how to repeat only the fits that had not finished."""
    store = store_of(plan)
    if store is None:
        return (
            "Nothing of this run is kept. With fit(..., store='folder') the fits that finish are, "
            "and a second run repeats only the others."
        )
    return (
        f"The fits that had finished are kept in the store {store.folder}. Run the same again with "
        "this store: only the others are repeated, and the result is that of an undisturbed run."
    )
