"""Sizes of memory and files as people write them."""

from __future__ import annotations

from typing import Any

from dask.utils import parse_bytes


def bytes_in(given: Any) -> int | None:
    """The bytes in a text such as "10 GB", or in a number; None if it is not a size."""
    try:
        return int(parse_bytes(given))
    except (ValueError, TypeError, AttributeError):
        return None
