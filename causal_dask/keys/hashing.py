"""Digests of text and bytes, each with its length. Knows nothing of what they describe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, cast

import numpy as np

CHUNK_BYTES = 1 << 24
"""Arrays are hashed in pieces of this size, so that a strided one is never copied whole."""


TEXT_ALONE = {str}


LENGTHS = [chr(length) + "\0" * 7 for length in range(128)]
"""Lengths as text whose bytes are their 8 bytes, so that short texts are encoded all at once."""


NOT_SHORT = "\xff"
"""In place of a longer text: no ASCII, so that the parts are framed one by one."""


def digest(*parts: str | bytes) -> str:
    """32 hex digits over ``parts``, each preceded by its length."""
    if set(map(type, parts)) == TEXT_ALONE:
        texts = cast("tuple[str, ...]", parts)
        framed = "".join([LENGTHS[len(t)] + t if len(t) < 128 else NOT_SHORT for t in texts])
        if framed.isascii():
            return hashlib.blake2b(framed.encode("ascii"), digest_size=16).hexdigest()
    hasher = hashlib.blake2b(digest_size=16)  # bytes may be many, and are not put together first
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(content).to_bytes(8, "little"))
        hasher.update(content)
    return hasher.hexdigest()


def array_digest(array: np.ndarray[Any, Any], dtype: np.dtype[Any] | None = None) -> str:
    """32 hex digits over an array's dtype, shape and bytes in C order, as if it had ``dtype``."""
    dtype = array.dtype if dtype is None else dtype
    head = ("array", str(dtype), str(array.shape))
    hasher = hashlib.blake2b(b"".join(map(_framed, head)), digest_size=16)
    for piece in _byte_chunks(array, dtype):
        hasher.update(piece)
    return hasher.hexdigest()


def _byte_chunks(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> Iterator[memoryview]:
    """The bytes of ``array`` in C order, a few rows at a time."""
    if array.ndim == 0 or array.size == 0:
        yield memoryview(array.astype(dtype).tobytes())
        return
    n_bytes = array.size * dtype.itemsize
    step = max(1, CHUNK_BYTES * len(array) // n_bytes) if n_bytes else len(array)
    for start in range(0, len(array), step):
        rows = np.ascontiguousarray(array[start : start + step], dtype)
        yield rows.view(np.uint8).reshape(-1).data


def _framed(part: str | bytes) -> bytes:
    """A part after its length, so that parts can't run together."""
    content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
    return len(content).to_bytes(8, "little") + content
