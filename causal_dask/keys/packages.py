"""Which package a module belongs to, and its installed version."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Mapping
from functools import cache

OWN_PACKAGE = __name__.partition(".")[0]


OWN_PREFIX = f"{OWN_PACKAGE}."


@cache
def package_version(module: str) -> str | None:
    """The version of the package that brought ``module``; None if no package did."""
    top = module.partition(".")[0]
    if top == OWN_PACKAGE or top in sys.stdlib_module_names and top != "__main__":
        return ""  # ours declare their own versions; the standard library is taken as fixed
    found = distributions().get(top)
    return importlib.metadata.version(found[0]) if found else None


@cache
def distributions() -> Mapping[str, list[str]]:
    """The installed packages that provide each top-level module."""
    return importlib.metadata.packages_distributions()
