"""The parts of a class or function that decide what it does, for code that has no package version.

Pickled code would not do: cloudpickle gives every class a random number, and writes sets and
shared strings in an order that differs from process to process.
"""

from __future__ import annotations

import enum
import functools
import sys
import types
from collections.abc import Iterator
from typing import Any

BOOKKEEPING = frozenset(
    {
        "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__annotations__",
        "__annotations_cache__", "__annotate__", "__annotate_func__", "__firstlineno__",
        "__static_attributes__", "__slots__", "__slotnames__", "__abstractmethods__", "_abc_impl",
        "_member_map_", "_value2member_map_",
    }
)  # fmt: skip
"""Attributes that Python adds to a class; its author did not write them."""


def is_importable(thing: Any) -> bool:
    """Whether ``thing`` is what its module has under its name, not a wrapper with that name."""
    found: Any = sys.modules.get(getattr(thing, "__module__", None) or "")
    for name in str(getattr(thing, "__qualname__", "")).split("."):
        found = getattr(found, name, None)
    return found is thing


def class_parts(cls: type) -> Iterator[Any]:
    """The bases of a class, then its members by name."""
    yield cls.__bases__
    for name, member in sorted(vars(cls).items()):
        if name not in BOOKKEEPING and not isinstance(member, types.MemberDescriptorType):
            yield name
            yield _member(member)


def function_parts(function: types.FunctionType) -> Iterator[Any]:
    """A function's code, its defaults, and the values that it takes from its surroundings."""
    code = function.__code__
    yield from _code_parts(code)
    yield (function.__defaults__, function.__kwdefaults__, getattr(function, "version", 1))
    yield from map(_content, function.__closure__ or ())
    for name in sorted(_names(code) & function.__globals__.keys()):
        yield (name, _global(function.__globals__[name]))


def _member(member: Any) -> Any:
    if isinstance(member, enum.Enum):
        return (member.name, member.value)
    if isinstance(member, staticmethod | classmethod):
        return (type(member).__name__, member.__func__)
    if isinstance(member, property):
        return ("property", member.fget, member.fset, member.fdel)
    if isinstance(member, functools.cached_property):
        return ("cached_property", member.func)
    return member


def _code_parts(code: types.CodeType) -> Iterator[Any]:
    yield (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    yield (code.co_flags, code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount)
    yield getattr(code, "co_exceptiontable", b"")
    for constant in code.co_consts:
        yield tuple(_code_parts(constant)) if isinstance(constant, types.CodeType) else constant


def _names(code: types.CodeType) -> set[str]:
    """The names that some code, or code inside it, looks up."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the cell is still empty
        return None


def _global(value: Any) -> Any:
    return ("module", value.__name__) if isinstance(value, types.ModuleType) else value
