"""Values as bytes, and back: a pickle, and beside it the large arrays. Knows nothing of files."""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle

PROTOCOL = 5

SMALL_BYTES = 1 << 14
"""Arrays below this size stay inside the pickle: a forest has thousands of them."""

BY_VALUE = "cloudpickle.cloudpickle"
"""The module that a pickle names where it holds the code of a class or function itself."""

Refer = Callable[[Any], str | None]
Resolve = Callable[[str], Any]
Name = tuple[str, str]
Part = Any
"""Bytes, or anything that gives them without a copy."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A value of some type as bytes; the first of the parts is the pickle."""

    type: type
    parts: tuple[Part, ...]

    @property
    def kind(self) -> str:
        """The import path of the value's type."""
        return f"{self.type.__module__}.{self.type.__qualname__}"

    def names(self) -> set[Name]:
        """The modules and names that unpickling will look up."""
        return set(_names(bytes(self.parts[0])))


class _Pickler(cloudpickle.Pickler):
    """Leaves out what is referred to by a name."""

    def __init__(self, file: io.BytesIO, refer: Refer, **options: Any) -> None:
        super().__init__(file, **options)
        self.refer = refer

    def persistent_id(self, value: Any) -> str | None:
        return self.refer(value)


class _Unpickler(pickle.Unpickler):
    """Asks for what was left out."""

    def __init__(self, file: io.BytesIO, resolve: Resolve, **options: Any) -> None:
        super().__init__(file, **options)
        self.resolve = resolve

    def persistent_load(self, name: Any) -> Any:
        return self.resolve(name)


def packed(value: Any, refer: Refer | None = None) -> Packed:
    """``value`` as bytes; what ``refer`` has a name for is left out."""
    file, beside = io.BytesIO(), list[Any]()

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= SMALL_BYTES:
            beside.append(raw)
        return raw.nbytes < SMALL_BYTES

    options = {"protocol": PROTOCOL, "buffer_callback": stays_inside}
    if refer is None:
        cloudpickle.Pickler(file, **options).dump(value)
    else:
        _Pickler(file, refer, **options).dump(value)
    return Packed(type(value), (file.getbuffer(), *beside))


def unpacked(parts: Sequence[Part], resolve: Resolve | None = None) -> Any:
    """The value that the parts hold."""
    stream, *beside = parts
    if resolve is None:
        return pickle.loads(stream, buffers=beside)  # noqa: S301 - a store belongs to its user
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
