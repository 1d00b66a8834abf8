"""The arguments of a study, checked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.keys.packages import package_version
from causal_dask.studies.design import check_names
from causal_dask.studies.replication import Keyed


def learners_of(given: Any, setting: Mapping[str, Any]) -> dict[str, Any]:
    """The learners of a setting by name."""
    found = given(dict(setting)) if callable(given) and not hasattr(given, "fit") else given
    if hasattr(found, "fit"):
        found = [found]
    if isinstance(found, Sequence) and not isinstance(found, str):
        names = [type(each).__name__ for each in found]
        check_names("learners", names)
        found = dict(zip(names, found, strict=True))
    if not isinstance(found, Mapping) or not found:
        raise InvalidType(
            "'learners' must be a dict of learners by name, a list of them, or a function of the "
            f"setting that returns one. Got {type(found).__name__}."
        )
    for name, each in found.items():
        _check_learner(name, each)
    check_names("learners", [str(name) for name in found])
    return {str(name): each for name, each in found.items()}


def _check_learner(name: Any, each: Any) -> None:
    if not (hasattr(each, "fit") or callable(each)):
        raise InvalidType(
            f"'learners' must hold learners, or functions of the data. Got {each!r} for {name!r}."
        )


def keyed(named: Mapping[str, Any]) -> dict[str, Keyed]:
    """Learners, or measures, with the keys of their contents."""
    return {
        name: Keyed(f"{name}-{fingerprint(_content(each))}", each) for name, each in named.items()
    }


def _content(learner: Any) -> Any:
    """What makes a learner's results: its class and parameters; of a function, the function."""
    if not hasattr(learner, "get_params"):
        return learner
    return (type(learner), learner.get_params(deep=False))


def checked_count(name: str, number: Any, least: int = 1) -> int:
    """A whole number; raises if it is none."""
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise InvalidInput(f"{name!r} must be a whole number of {least} or more. Got {number!r}.")
    return number


def checked_part(part: Any) -> tuple[int, int]:
    """A part and how many there are."""
    if part is None:
        return (1, 1)
    is_pair = isinstance(part, tuple | list) and len(part) == 2
    if not is_pair or not all(isinstance(n, int) for n in part) or not 1 <= part[0] <= part[1]:
        raise InvalidInput(
            f"'part' must be a number and how many parts there are, such as (2, 10). Got {part!r}."
        )
    return (part[0], part[1])


def send_by_value(named: Iterable[Any]) -> None:
    """Let modules that no package has brought travel with what is of them.

    A worker that cannot import what it is sent closes, and its task would wait for ever.
    """
    found: set[str] = set()
    waiting = {_module_of(each) for each in named}
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        if name not in found and module is not None and _is_of_no_package(name):
            found.add(name)
            cloudpickle.register_pickle_by_value(module)
            waiting |= _modules_beside(module)


def _is_of_no_package(name: str) -> bool:
    return name != "__main__" and package_version(name) is None


def _modules_beside(module: ModuleType) -> set[str]:
    """The modules of the same folder from which a module has names."""
    folder = _folder_of(module)
    named = {_module_of(each) for each in vars(module).values()} | {
        each.__name__ for each in vars(module).values() if isinstance(each, ModuleType)
    }
    return {name for name in named if folder and _folder_of(sys.modules.get(name)) == folder}


def _folder_of(module: ModuleType | None) -> Path | None:
    path = getattr(module, "__file__", None)
    return None if path is None else Path(path).parent


def _module_of(given: Any) -> str:
    found = given if hasattr(given, "__module__") else type(given)
    return str(getattr(found, "__module__", ""))
