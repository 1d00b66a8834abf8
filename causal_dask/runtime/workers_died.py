"""Tasks that killed every worker they ran on: which they were, and what users can do."""

from __future__ import annotations

from typing import Any

from distributed import KilledWorker

from causal_dask.errors import WorkersDied, portable
from causal_dask.graph.plan import Plan
from causal_dask.runtime.failures import Failure


def failure_of(plan: Plan, key: str, error: BaseException) -> Failure:
    """The failure of an output whose task, or one that it needed, could not be run."""
    if isinstance(error, KilledWorker):
        return _killed(plan, key, error)
    return Failure(key, portable(error if isinstance(error, Exception) else RuntimeError(error)))


def died(result: Any) -> bool:
    """Whether a result is a failure because workers died."""
    return isinstance(result, Failure) and isinstance(result.error, WorkersDied)


def workers_died(error: KilledWorker, rows: int | None = None) -> WorkersDied:
    """The same error in users' words."""
    told = WorkersDied(
        f"{error.allowed_failures + 1} workers died, one after the other, while they ran this "
        f"task{'' if rows is None else f' on {rows:,} rows'}. Most often a worker is killed when "
        "it is out of memory: run fewer fits at once on each (fewer threads per worker), give "
        "workers more memory, or fit a smaller model or fewer rows or columns. Their logs may say "
        "more."
    )
    told.__cause__ = error
    return told


def _killed(plan: Plan, key: str, error: KilledWorker) -> Failure:
    """The failure of the task that the workers died in."""
    contents: dict[Any, str] = {run_as: content for content, run_as in plan.keys.items()}
    blamed = contents.get(error.task, key)
    work = plan.work.get(blamed)
    return Failure(blamed, workers_died(error, work.rows if work else None))
