"""The parts of a class or function that decide what it does, for code that has no package version.

Pickled code would not do: cloudpickle gives every class a random number, and writes sets and
shared strings in an order that differs from process to process.
"""

from __future__ import annotations

import dis
import enum
import functools
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from causal_dask.keys.packages import package_version

BOOKKEEPING = frozenset(
    {
        "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__annotations__",
        "__annotations_cache__", "__annotate__", "__annotate_func__", "__firstlineno__",
        "__static_attributes__", "__slots__", "__slotnames__", "__abstractmethods__", "_abc_impl",
        "_member_map_", "_value2member_map_",
    }
)  # fmt: skip
"""Attributes that Python adds to a class; its author did not write them."""


GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
IMPORTS = frozenset({"IMPORT_NAME"})
LOOK_UPS = GLOBALS | {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"}
"""Instructions that look a name up among globals, in a module that is not loaded, or in a value.

A global that only has the name of an attribute, such as that of a column, is not looked up.
"""


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
    names = _names(code, LOOK_UPS)
    for name in sorted(_names(code, GLOBALS) & function.__globals__.keys()):
        yield (name, _global(function.__globals__[name], names))
    yield from _imported_files(code)


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


def _names(code: types.CodeType, of: frozenset[str]) -> set[str]:
    """The names that some code, or code inside it, uses in such instructions."""
    found = {str(each.argval) for each in dis.get_instructions(code) if each.opname in of}
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return found.union(*(_names(each, of) for each in inner))


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the cell is still empty
        return None


def _global(value: Any, names: set[str], within: frozenset[str] = frozenset()) -> Any:
    """What a function may take from a value that it looks up: of a module, what it names of it."""
    if not isinstance(value, types.ModuleType):
        return value
    module = value.__name__
    if module in within or package_version(module) is not None:
        return ("module", module)  # a package counts by its name, and by the version of a model
    inside = within | {module}
    found = vars(value)
    return (
        "module", module,
        *((name, _global(found[name], names, inside)) for name in sorted(names & found.keys())),
    )  # fmt: skip


def _imported_files(code: types.CodeType) -> Iterator[tuple[str, bytes]]:
    """The files of no package that some code, or code inside it, imports when it runs.

    They are read, not imported, so that it does not matter whether they have been.
    """
    for name in sorted(_names(code, IMPORTS)):
        path = _file_of(name)
        if path is not None:
            yield (name, path.read_bytes())


def _file_of(module: str) -> Path | None:
    """The source of a module that no package has brought; None if it cannot be found."""
    if not module or package_version(module) is not None:
        return None
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # it, or the folder that it is in, is not there
        return None
    return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None
