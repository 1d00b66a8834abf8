"""Sizes of memory and files as people write them."""

from __future__ import annotations

import re
from typing import Any

from dask.utils import parse_bytes


def bytes_in(given: Any) -> int | None:
    """The bytes in a text such as "10 GB", or in a number; None if it is not a size."""
    try:
        size = int(parse_bytes(given))
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    # of a text without a number, Dask takes the unit: "" is 1 B
    return None if isinstance(given, str) and not re.search(r"\d", given) else size
