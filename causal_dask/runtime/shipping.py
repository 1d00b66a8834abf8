"""How data gets to where a plan runs: as it is, or as the handle of a file that all can see."""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask.multiprocessing
from distributed import Client

from causal_dask.graph.node import Data
from causal_dask.graph.plan import Plan
from causal_dask.runtime.slots import is_a_cluster
from causal_dask.runtime.spool import own_file
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.mapped import is_mappable, mapped, size_of

LARGE = 1_000_000
"""Bytes from which on data is worth a file."""

_probed: weakref.WeakKeyDictionary[Client, dict[frozenset[str], bool]] = weakref.WeakKeyDictionary()
"""Whether the workers of clusters see our files."""


def shipped(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """The plan with large data in files, where other processes run it and see them."""
    if schedule is not dask.multiprocessing.get and not is_a_cluster(schedule):
        return plan
    plan = _with_spooled(plan, schedule)
    here = {
        k: s.value for k, s in plan.nodes.items() if isinstance(s, Data) and k not in plan.known
    }
    large = {
        key: value for key, value in here.items() if is_mappable(value) and size_of(value) > LARGE
    }
    if not large or not _sees_our_files(schedule):
        return plan
    handles = {key: mapped(value, key, own_file) for key, value in large.items()}
    return replace(plan, known={**plan.known, **handles})


def _with_spooled(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """The plan for processes with files as they can be mapped; clusters' workers see to it."""
    if is_a_cluster(schedule):
        return plan
    tables = {k: s.value for k, s in plan.nodes.items() if isinstance(s, Data)}
    spooled = {k: t.spooled(own_file) for k, t in tables.items() if isinstance(t, FileTable)}
    return replace(plan, known={**plan.known, **spooled}) if spooled else plan


def _sees_our_files(schedule: Callable[..., Any]) -> bool:
    """Whether whoever runs a plan can read what is written here; clusters are asked once."""
    if not is_a_cluster(schedule):
        return True
    client: Client = schedule.__self__  # type: ignore[attr-defined]
    known = _probed.setdefault(client, {})
    workers = frozenset(client.nthreads())  # type: ignore[no-untyped-call]
    if workers not in known:
        known[workers] = bool(workers) and _all_read(client)
    return known[workers]


def _all_read(client: Client) -> bool:
    """Whether all workers find in a file what was written into it here."""
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
