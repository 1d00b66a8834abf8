"""Find parameters of a model's class that are spelt wrong.

Classes that take any keyword, such as those of XGBoost and LightGBM, do not raise for these: a
model with ``max_dept`` has the default depth. They also take names that they do not list, so only
a name that is nearly one of theirs counts as misspelt.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

CLOSE = 0.85
"""How alike names must be: LightGBM's and XGBoost's further names are less like those listed."""

LIKE = 0.6
"""How alike names must be where the class has refused one."""


def misspelt_names(cls: type[Any], given: Iterable[str], alike: float = CLOSE) -> dict[str, str]:
    """The parameter that was meant, by each name that a class does not know but nearly."""
    known = _known(cls)
    close = {name: get_close_matches(name, known, 1, alike) for name in given if name not in known}
    return {name: found[0] for name, found in close.items() if found}


def _known(cls: type[Any]) -> set[str]:
    """The names of a class's parameters; none if it does not say them."""
    try:
        parameters = set(inspect.signature(cls).parameters)
    except (TypeError, ValueError):  # a class that is not written in Python
        parameters = set()
    try:
        return {*parameters, *cls().get_params()}
    except Exception:  # noqa: BLE001 - a foreign class may need arguments, or have no get_params
        return parameters
