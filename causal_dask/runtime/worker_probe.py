"""Looks at the packages of the process that it runs in.

Its source is sent to workers as text, so that it also runs where this package is not installed: it
imports what every Python has, and nothing else.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterable


def found_here(
    packages: Iterable[str], names: Iterable[tuple[str, str]]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """The versions of Python and of packages, and why names cannot be imported, if they can't."""
    missing = _missing(names)
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: _version(name) for name in packages}}, missing


def _missing(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    missing: dict[str, str] = {}
    for module, name in names:
        try:
            found = importlib.import_module(module)
            for part in filter(None, name.split(".")):
                found = getattr(found, part)
        except Exception as error:  # noqa: BLE001 - a module may raise anything when it is imported
            missing[f"{module}.{name}".rstrip(".")] = f"{type(error).__name__}: {error}"
    return missing


def _version(package: str) -> str | None:
    """The version of a package: its module's if it has one, for it may be of another path."""
    module = sys.modules.get(package)
    own = getattr(module, "__version__", None)
    if own is not None:
        return str(own)
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
