"""Turn values into bytes and back: a pickle, and large arrays beside it. Knows nothing of files."""

from __future__ import annotations

import importlib
import io
import pickle
import pickletools
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import cloudpickle

from causal_dask.declared import declaration_of, find, is_declared
from causal_dask.keys.packages import OWN_PACKAGE

PROTOCOL = 5


SMALL_BYTES = 1 << 14
"""Smaller arrays stay inside the pickle: a forest has thousands of them."""


BY_VALUE = "cloudpickle.cloudpickle"
"""The module that a pickle names if it holds the code of a class or function."""


Refer = Callable[[Any], str | None]
"""Returns a name for a value that is left out of the pickle, and None for any other."""


Resolve = Callable[[str], Any]
"""Returns the value that was left out under a name."""


Name = tuple[str, str]
"""A module, and the qualified name of a class or function in it."""


FIND: Name = (find.__module__, find.__qualname__)
"""The function that pickles call to find a declared class or function."""


Part = Any
"""Bytes, or an object that exposes them without a copy."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A value as bytes: the first part is the pickle, the others are large arrays."""

    type: type
    parts: tuple[Part, ...]
    declared: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """The import path of the value's type."""
        return f"{self.type.__module__}.{self.type.__qualname__}"

    def names(self) -> set[Name]:
        """The modules and names that unpickling will look up; ours by their declared names."""
        ours = {(OWN_PACKAGE, name) for name in self.declared}
        return {name for name in _names(bytes(self.parts[0])) if name != FIND} | ours


class _Pickler(cloudpickle.Pickler):
    """Writes declared functions and classes by their names, not by their modules."""

    def __init__(self, file: io.BytesIO, **options: Any) -> None:
        super().__init__(file, **options)
        self.declared: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        """How to rebuild a function or class: a declared one is found by its name."""
        if isinstance(value, type | types.FunctionType):
            declared = declaration_of(value)
            if declared is not None:
                self.declared.add(declared.name)
                return find, (declared.name,)
        return super().reducer_override(value)


class _ReferringPickler(_Pickler):
    """Also leaves out the values that ``refer`` has a name for."""

    def __init__(self, file: io.BytesIO, refer: Refer, **options: Any) -> None:
        super().__init__(file, **options)
        self.refer = refer

    def persistent_id(self, value: Any) -> str | None:
        """The name of a value that is left out."""
        return self.refer(value)


class _Unpickler(pickle.Unpickler):
    """Resolves values that were left out, and finds declared classes that have moved."""

    def __init__(self, file: io.BytesIO, resolve: Resolve | None, **options: Any) -> None:
        super().__init__(file, **options)
        self.resolve = resolve

    def persistent_load(self, name: Any) -> Any:
        """The value that was left out under this name."""
        if self.resolve is None:
            raise pickle.UnpicklingError(f"{name!r} was left out")
        return self.resolve(name)

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of this name."""
        return find_global(module, name)


def find_global(module: str, name: str) -> Any:
    """What a pickle refers to by a module and a name; one of ours may have moved since."""
    if module == OWN_PACKAGE and is_declared(name):
        return find(name)
    try:
        return reduce(getattr, name.split("."), importlib.import_module(module))
    except (ImportError, AttributeError):
        if module.startswith(f"{OWN_PACKAGE}.") and is_declared(name):
            return find(name)
        raise


def pack(value: Any, refer: Refer | None = None) -> Packed:
    """Turn ``value`` into bytes; values that ``refer`` has a name for are left out."""
    file, beside = io.BytesIO(), list[Any]()

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= SMALL_BYTES:
            beside.append(raw)
        return raw.nbytes < SMALL_BYTES

    options = {"protocol": PROTOCOL, "buffer_callback": stays_inside}
    pickler = (
        _Pickler(file, **options) if refer is None else _ReferringPickler(file, refer, **options)
    )
    pickler.dump(value)
    return Packed(type(value), (file.getbuffer(), *beside), frozenset(pickler.declared))


def unpack(parts: Sequence[Part], resolve: Resolve | None = None) -> Any:
    """Rebuild the value that was packed into these parts."""
    stream, *beside = parts
    return _Unpickler(io.BytesIO(stream), resolve, buffers=beside).load()


def _names(stream: bytes) -> Iterator[Name]:
    """Every global of a pickle: the last two strings pushed before it, perhaps from the memo."""
    pushed: list[str | None] = []
    memo: list[str | None] = []
    for operation, argument, _ in pickletools.genops(stream):
        if operation.name == "MEMOIZE":
            memo.append(pushed[-1] if pushed else None)
        elif operation.name in {"BINGET", "LONG_BINGET"}:
            pushed.append(memo[int(str(argument))])
        elif operation.name == "STACK_GLOBAL":
            yield str(pushed[-2]), str(pushed[-1])
            pushed.append(None)
        else:
            pushed.append(argument if isinstance(argument, str) else None)
