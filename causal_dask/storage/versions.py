"""The versions of Python and of installed packages, by the names used to install them."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Iterable, Mapping

from causal_dask.keys.packages import OWN_PACKAGE, distributions

PYTHON, SCIKIT_LEARN = "python", "scikit-learn"


def versions_of(modules: Iterable[str]) -> dict[str, str]:
    """The versions of Python, ours, scikit-learn, and the packages that these modules belong to."""
    tops = {module.partition(".")[0] for module in modules}
    names = {distributions()[top][0] for top in tops - {OWN_PACKAGE} if top in distributions()}
    known = (PYTHON, OWN_PACKAGE, SCIKIT_LEARN, *sorted(names - {SCIKIT_LEARN}))
    return {name: str(version_here(name)) for name in known}


def version_here(name: str) -> str | None:
    """The version of Python or of a package in this process; None if it is not installed."""
    if name == PYTHON:
        return platform.python_version()
    if name == OWN_PACKAGE:
        return str(sys.modules[OWN_PACKAGE].__version__)
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions_in_words(versions: Mapping[str, str]) -> str:
    """Versions as part of a sentence."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
