"""Values as bytes, and back: a pickle, and beside it the large arrays. Knows nothing of files."""

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
"""Arrays below this size stay inside the pickle: a forest has thousands of them."""


BY_VALUE = "cloudpickle.cloudpickle"
"""The module that a pickle names where it holds the code of a class or function itself."""


Refer = Callable[[Any], str | None]


Resolve = Callable[[str], Any]


Name = tuple[str, str]


FIND: Name = (find.__module__, find.__qualname__)
"""What pickles call for what is declared."""


Part = Any
"""Bytes, or anything that gives them without a copy."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A value of some type as bytes; the first of the parts is the pickle."""

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
    """Writes what is declared by its name, wherever it is defined."""

    def __init__(self, file: io.BytesIO, **options: Any) -> None:
        super().__init__(file, **options)
        self.declared: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        """How pickle rebuilds a function or class: declared ones are found by name."""
        if isinstance(value, type | types.FunctionType):
            declared = declaration_of(value)
            if declared is not None:
                self.declared.add(declared.name)
                return find, (declared.name,)
        return super().reducer_override(value)


class _ReferringPickler(_Pickler):
    """Also leaves out what is referred to by a name."""

    def __init__(self, file: io.BytesIO, refer: Refer, **options: Any) -> None:
        super().__init__(file, **options)
        self.refer = refer

    def persistent_id(self, value: Any) -> str | None:
        return self.refer(value)


class _Unpickler(pickle.Unpickler):
    """Asks for what was left out, and finds what has moved since it was written."""

    def __init__(self, file: io.BytesIO, resolve: Resolve | None, **options: Any) -> None:
        super().__init__(file, **options)
        self.resolve = resolve

    def persistent_load(self, name: Any) -> Any:
        if self.resolve is None:
            raise pickle.UnpicklingError(f"{name!r} was left out")
        return self.resolve(name)

    def find_class(self, module: str, name: str) -> Any:
        return imported(module, name)


def imported(module: str, name: str) -> Any:
    """What a pickle means by a module and a name, ours also where it has moved meanwhile."""
    if module == OWN_PACKAGE and is_declared(name):
        return find(name)
    try:
        return reduce(getattr, name.split("."), importlib.import_module(module))
    except (ImportError, AttributeError):
        if module.startswith(f"{OWN_PACKAGE}.") and is_declared(name):
            return find(name)
        raise


def packed(value: Any, refer: Refer | None = None) -> Packed:
    """``value`` as bytes; what ``refer`` has a name for is left out."""
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


def unpacked(parts: Sequence[Part], resolve: Resolve | None = None) -> Any:
    """The value that the parts hold."""
    stream, *beside = parts
    return _Unpickler(io.BytesIO(stream), resolve, buffers=beside).load()


def _names(stream: bytes) -> Iterator[Name]:
    """Every global of a pickle: the two strings that were pushed before it, or their memos."""
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
