"""The fingerprint of a value from those of its parts; other modules register the types they know.

Own hashing, since ``dask.tokenize`` depends on which hash package is installed, joins strings
without their lengths and takes two unseeded forests for equal. A value whose content cannot be
read gets a fresh identity: a miss costs a fit, a false match would give a wrong result.

Other folders import ``keys.fingerprint``, which sees to it that all types are registered.
"""

from __future__ import annotations

import copyreg
import enum
import types
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import is_dataclass
from functools import cache, singledispatch
from typing import Any

import numpy as np

from causal_dask.declared import declaration_of
from causal_dask.keys.code import class_parts, is_importable
from causal_dask.keys.hashing import digest
from causal_dask.keys.packages import OWN_PREFIX, package_version

SCALARS = frozenset({type(None), bool, int, float, complex, str})


BUILTINS = (*SCALARS, bytes, list, tuple, dict, set, frozenset)


_met: ContextVar[dict[int, tuple[Any, str | None]] | None] = ContextVar("_met", default=None)
"""The values of the current call by id, each with its fingerprint once that is known.

The values themselves are kept too: a value that was freed could pass its id on to another.
"""


_records: ContextVar[dict[int, tuple[Any, str]] | None] = ContextVar("_records", default=None)
"""Our records by id, each with its fingerprint, while a graph is built of many that share some."""


@contextmanager
def remember_records() -> Iterator[None]:
    """A block in which none of our records changes, so that each is read once."""
    token = _records.set({})
    try:
        yield
    finally:
        _records.reset(token)


def fingerprint(value: Any) -> str:
    """What ``value`` holds, in 32 hex digits; equal in every process."""
    own = getattr(value, "content_fingerprint", None)
    if isinstance(own, str):
        return own
    # Short ways for what nodes are mostly made of: plain values, our functions and our records.
    if type(value) in SCALARS:
        return of_scalar(value)
    if type(value) is types.FunctionType and value.__module__.startswith(OWN_PREFIX):
        return _of_own_function(value)
    if _is_own_record(value.__class__):
        return _of_own_record(value)
    met = _met.get()
    if met is not None:
        return _of_part(value, met)
    met = {}
    token = _met.set(met)
    try:
        return _of_part(value, met)
    finally:
        _met.reset(token)


@singledispatch
def content_of(value: Any) -> str:
    """The fingerprint by type; other modules of this folder register the types that they know."""
    return of_pickle(value)


def part_of(value: Any) -> str:
    """What stands for ``value`` in the digest of something larger: plain values for themselves."""
    return f"={value!r}" if _is_plain(value) else fingerprint(value)


def of_scalar(value: Any) -> str:
    """The fingerprint of a number, a string, a truth value or None."""
    return digest(type(value).__name__, repr(value))


def of_pickle(value: Any) -> str:
    """The fingerprint of the parts that pickle would rebuild ``value`` from; state in C counts."""
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 - a foreign object may raise anything
        return fresh_identity()
    if isinstance(reduced, str):
        return of_global(value, reduced)
    parts = (list(part) if isinstance(part, Iterator) else part for part in reduced)
    return digest("object", *type_identity(type(value)), *map(fingerprint, parts))


def of_global(value: Any, name: str) -> str:
    """The fingerprint of what pickle finds by name, or of the function that a wrapper wraps."""
    module = str(getattr(value, "__module__", type(value).__module__))
    version = package_version(module)
    if version is not None and (not hasattr(value, "__qualname__") or is_importable(value)):
        return digest("global", module, version, name)
    if hasattr(value, "__wrapped__"):
        return digest("global", *type_identity(type(value)), fingerprint(value.__wrapped__))
    return fresh_identity()


def type_identity(cls: type) -> tuple[str, ...]:
    """The name and package version of a class; its code if no package brought it."""
    declared = declaration_of(cls)
    if declared is not None:
        return (declared.identity[0], "")
    name = f"{cls.__module__}.{cls.__qualname__}"
    version = package_version(cls.__module__)
    return (name, version) if version is not None else (name, _code_of(cls))


def fresh_identity() -> str:
    """An identity that equals no other."""
    return uuid.uuid4().hex


def _of_part(value: Any, met: dict[int, tuple[Any, str | None]]) -> str:
    """The fingerprint of ``value``, computed once however often it occurs in another value."""
    if id(value) in met:
        return met[id(value)][1] or _of_itself(value)
    met[id(value)] = (value, None)
    try:
        found = of_pickle(value) if _is_more_than_builtin(value) else content_of(value)
    except Exception:  # noqa: BLE001 - a foreign object may raise anything
        found = fresh_identity()
    met[id(value)] = (value, found)
    return found


def _of_itself(value: Any) -> str:
    """What stands for a value inside itself: its name if it is code, else a fresh identity."""
    is_code = isinstance(value, type | types.FunctionType)
    return digest("itself", value.__qualname__) if is_code else fresh_identity()


@cache
def _of_own_function(value: types.FunctionType) -> str:
    """The fingerprint of a function of ours, which does not change while it is loaded."""
    return content_of(value)


def _of_own_record(value: Any) -> str:
    """The fingerprint of one of our records, computed once within ``remember_records``."""
    remembered = _records.get()
    if remembered is not None and id(value) in remembered:
        return remembered[id(value)][1]
    found = digest(type(value).__name__, *map(part_of, _field_values(value)))
    if remembered is not None:
        remembered[id(value)] = (value, found)
    return found


def _code_of(cls: type) -> str:
    """The code of a class that has no version which workers could import."""
    return digest(*map(fingerprint, class_parts(cls)))


def _is_plain(value: Any) -> bool:
    """Whether ``repr`` gives all of ``value`` and nothing more."""
    kind = type(value)
    return kind in SCALARS or kind is tuple and all(type(part) in SCALARS for part in value)


def _is_more_than_builtin(value: Any) -> bool:
    """Whether ``value`` is of a subclass of a builtin, which may hold more than the builtin."""
    derived = isinstance(value, BUILTINS) and type(value) not in BUILTINS
    return derived and not isinstance(value, np.generic | enum.Enum)


@cache
def _is_own_record(cls: Any) -> bool:
    """Whether a class is one of our dataclasses, whose fields are all that it holds."""
    return is_dataclass(cls) and str(cls.__module__).startswith(OWN_PREFIX)


def _field_values(record: Any) -> Iterator[Any]:
    return (getattr(record, name) for name in type(record).__dataclass_fields__)
