"""Look up packages and names in the process that this runs in.

The source is sent to workers as text, to run even where this package is not installed, so it
imports nothing but the standard library.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterable


def look_up(
    packages: Iterable[str], names: Iterable[tuple[str, str]]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """The versions of Python and of packages, and why names cannot be imported, by name."""
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
    """The version of a package, from its module if that is loaded: the path may have another."""
    module = sys.modules.get(package)
    own = getattr(module, "__version__", None)
    if own is not None:
        return str(own)
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
