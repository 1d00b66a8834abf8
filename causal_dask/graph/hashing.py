"""Digests of text and bytes, each with its length. Knows nothing of what they describe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

CHUNK_BYTES = 1 << 24
"""Arrays are hashed in pieces of this size, so that a strided one is never copied whole."""


def digest(*parts: str | bytes | memoryview) -> str:
    """32 hex digits over ``parts``, each preceded by its length."""
    return _finish(_fed(hashlib.blake2b(digest_size=16), parts))


def array_digest(array: np.ndarray[Any, Any]) -> str:
    """32 hex digits over an array's dtype, shape and bytes in C order."""
    head = ("array", str(array.dtype), str(array.shape))
    return _finish(_fed(hashlib.blake2b(digest_size=16), head, _byte_chunks(array)))


def _byte_chunks(array: np.ndarray[Any, Any]) -> Iterator[memoryview]:
    """The bytes of ``array`` in C order, a few rows at a time."""
    if array.ndim == 0 or array.size == 0:
        yield memoryview(array.tobytes())
        return
    step = max(1, CHUNK_BYTES * len(array) // array.nbytes) if array.nbytes else len(array)
    for start in range(0, len(array), step):
        rows = np.ascontiguousarray(array[start : start + step])
        yield rows.view(np.uint8).reshape(-1).data


def _fed(
    hasher: hashlib.blake2b, parts: Iterable[str | bytes | memoryview], tail: Iterable[Any] = ()
) -> hashlib.blake2b:
    """``hasher`` after ``parts``, each with its length, and the raw pieces of ``tail``."""
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(content).to_bytes(8, "little"))
        hasher.update(content)
    for piece in tail:
        hasher.update(piece)
    return hasher


def _finish(hasher: hashlib.blake2b) -> str:
    return hasher.hexdigest()
