"""The arguments of a study, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.studies.replication import Keyed


def learners_of(given: Any, setting: Mapping[str, Any]) -> dict[str, Any]:
    """The learners of a setting by name."""
    found = given(dict(setting)) if callable(given) and not hasattr(given, "fit") else given
    if hasattr(found, "fit"):
        found = [found]
    if isinstance(found, Sequence) and not isinstance(found, str):
        found = {type(each).__name__: each for each in found}
    if not isinstance(found, Mapping) or not found:
        raise InvalidType(
            "'learners' must be a dict of learners by name, a list of them, or a function of the "
            f"setting that returns one. Got {type(found).__name__}."
        )
    for name, each in found.items():
        _check_learner(name, each)
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
