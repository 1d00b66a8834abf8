"""Declare lasting names for node functions and for classes in saved files.

Keys and saved learners refer to these names, not to module paths, so that code can be moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Thing = TypeVar("Thing", bound=Callable[..., Any])

FIRST_PATHS = {
    "estimators.catalogue": "DRLearner RALearner RLearner SLearner TLearner XLearner",
    "estimators.cross_fit_estimator": "CrossFitEstimator",
    "estimators.known_propensities": "FixedBinaryPropensity FixedPropensities PropensityColumn",
    "formulas.doubly_robust": "aipw switched",
    "formulas.losses": "dr_loss_by_nuisances r_loss_by_nuisances",
    "formulas.outcomes": "difference gain loss regression_adjusted",
    "formulas.propensities": "blend contrast_share n_outside",
    "formulas.repeats": "combined_repeats",
    "formulas.residuals": "outcome_without r_loss_of_contrast residual_ratio shifted "
                          "squared_residual",
    "runtime.finished": "timing_of",
    "tasks.answers": "stack_effects stack_outcomes stack_scores",
    "tasks.folds": "held_out",
    "tasks.models": "combined fit predict",
    "tasks.rows": "joined stitched take",
    "tasks.scores": "score",
    "tasks.written": "write_part",
}  # fmt: skip
"""The modules in which these were defined when keys still contained module paths.

Existing stores have such keys, so these paths stay part of the keys wherever the functions are now.
New functions do not belong here.
"""

_KEYED_AS = {
    name: f"causal_dask.{module}.{name}"
    for module, names in FIRST_PATHS.items()
    for name in names.split()
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A lasting name, and a version that is raised when the function's results change."""

    name: str
    version: int = 1

    @property
    def identity(self) -> tuple[str, str]:
        """The name and version as keys contain them."""
        return _KEYED_AS.get(self.name, f"causal_dask task {self.name}"), str(self.version)


_by_name: dict[str, Any] = {}
_declared: dict[Any, Declared] = {}


def task(name: str, version: int = 1) -> Callable[[Thing], Thing]:
    """Declare the name and version that stand for a node function in keys."""

    def declare(function: Thing) -> Thing:
        return _register(function, Declared(name, version))

    return declare


def saved(name: str) -> Callable[[Thing], Thing]:
    """Declare the name that stands for a class in saved files."""

    def declare(cls: Thing) -> Thing:
        return _register(cls, Declared(name))

    return declare


def declaration_of(thing: Any) -> Declared | None:
    """The declaration of a function or class, if it has one."""
    return _declared.get(thing)


def name_of(function: Callable[..., Any]) -> str:
    """The declared name of a function, or else its own."""
    declared = _declared.get(function)
    return function.__name__ if declared is None else declared.name


def find(name: str) -> Any:
    """The function or class of a declared name; called when saved files are unpickled."""
    return _by_name[name]


def is_declared(name: str) -> bool:
    """Whether a function or class of this name has been declared."""
    return name in _by_name


def _register(thing: Thing, declared: Declared) -> Thing:
    known = _by_name.get(declared.name)
    if known is not None and known.__qualname__ != thing.__qualname__:
        raise ValueError(f"{declared.name!r} is declared twice: {known!r} and {thing!r}.")
    _by_name[declared.name] = thing
    _declared[thing] = declared
    return thing
