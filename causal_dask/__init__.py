"""Heterogeneous treatment effects: metalearners compiled into one Dask task graph."""

from __future__ import annotations

import ast
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__version__ = "0.1.0"


def _public() -> dict[str, str]:
    """The modules of the public names, from the stub that editors and type checkers read."""
    stub = ast.parse(pkgutil.get_data(__name__, "__init__.pyi") or b"")
    imports = [each for each in stub.body if isinstance(each, ast.ImportFrom)]
    return {name.name: str(each.module) for each in imports for name in each.names}


_HOMES = _public()

__all__ = sorted({n for n, home in _HOMES.items() if home != __name__} | {"__version__"})  # noqa: PLE0605 - from the stub


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: all of them take half a second."""
    if name not in _HOMES:
        if not name.startswith("_") and find_spec(f"{__name__}.{name}"):
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES[name])
    found = (
        import_module(f".{name}", __name__) if home.__name__ == __name__ else getattr(home, name)
    )
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
