"""Send data to where a plan runs: as a handle of a file that workers can read, or as it is."""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.multiprocessing

from causal_dask.graph.node import Data
from causal_dask.graph.spread import Spread
from causal_dask.plans.plan import Plan
from causal_dask.runtime.shared_files import own_file
from causal_dask.runtime.threads import is_a_cluster
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.handle import Handle
from causal_dask.sources.mapped import is_mappable, size_of, write_mapped
from causal_dask.sources.partitioned import Partitioned

if TYPE_CHECKING:
    from distributed import Client

LARGE = 1_000_000
"""Bytes above which data is written to a file instead of into the graph."""


_probed: weakref.WeakKeyDictionary[Client, dict[frozenset[str], bool]] = weakref.WeakKeyDictionary()
"""Whether the workers of each client can read the files of this process."""


def ship(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """The plan with large data in files, if it runs in other processes that can read them."""
    if schedule is not dask.multiprocessing.get and not is_a_cluster(schedule):
        return plan
    here = [s for s in plan.nodes.values() if isinstance(s, Data) and s.key not in plan.known]
    handles = {each.key: _handle(each, schedule) for each in here}
    found = {key: handle for key, handle in handles.items() if handle is not None}
    return replace(plan, known={**plan.known, **found}) if found else plan


def _handle(source: Data, schedule: Callable[..., Any]) -> Handle | None:
    """The handle of data that is better not sent as it is, else None.

    A cluster needs no handle of tables in files or partitions: its workers open the files
    themselves, and hold the partitions already.
    """
    value = source.value
    if isinstance(value, FileTable | Spread):
        return None if is_a_cluster(schedule) else _spool(source.key, value)
    if is_mappable(value) and size_of(value) > LARGE:
        with suppress(OSError):  # if the disk is full, for instance, the data stays in the graph
            return write_mapped(value, source.key, own_file) if _sees_our_files(schedule) else None
    return None


def _spool(key: str, table: FileTable | Spread) -> Handle | None:
    if isinstance(table, FileTable):
        return table.spool(own_file)
    whole: Partitioned = table.join([part for _, part in table.parts])
    return whole.spool(key, own_file)


def _sees_our_files(schedule: Callable[..., Any]) -> bool:
    """Whether the processes that run a plan can read our files; a cluster's are asked once."""
    if not is_a_cluster(schedule):
        return True
    client: Client = schedule.__self__  # type: ignore[attr-defined]
    known = _probed.setdefault(client, {})
    workers = frozenset(client.nthreads())
    if workers not in known:
        known[workers] = bool(workers) and _all_read(client)
    return known[workers]


def _all_read(client: Client) -> bool:
    """Whether all workers can read a file that this process writes."""
    word = secrets.token_hex(8)
    path = own_file(f"seen-{word}", ".txt", lambda file: file.write(word.encode()))
    try:
        found = client.run(_content, str(path))
    finally:
        path.unlink(missing_ok=True)
    return all(content == word for content in found.values())


def _content(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return None
