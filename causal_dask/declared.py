"""Names that last: those of node functions in keys, and of functions and classes in saved files.

Keys and saved learners refer to these names, never to a module's path, so that files may move.
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
"""Where what is keyed by its first path was when keys still held paths. Stores have these keys, so
the paths stay in them, wherever the functions are now. New functions need no line here.
"""

_KEYED_AS = {
    name: f"causal_dask.{module}.{name}"
    for module, names in FIRST_PATHS.items()
    for name in names.split()
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A name, and a version that is raised when a function's results change."""

    name: str
    version: int = 1

    @property
    def identity(self) -> tuple[str, str]:
        """What keys hold of it."""
        return _KEYED_AS.get(self.name, f"causal_dask task {self.name}"), str(self.version)


_by_name: dict[str, Any] = {}
_declared: dict[Any, Declared] = {}


def task(name: str, version: int = 1) -> Callable[[Thing], Thing]:
    """Declare the name and version by which keys know a node function."""

    def declare(function: Thing) -> Thing:
        return _registered(function, Declared(name, version))

    return declare


def saved(name: str) -> Callable[[Thing], Thing]:
    """Declare the name by which saved files know a class."""

    def declare(cls: Thing) -> Thing:
        return _registered(cls, Declared(name))

    return declare


def declaration_of(thing: Any) -> Declared | None:
    """What a function or class was declared as, if it was."""
    return _declared.get(thing)


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called: as it was declared, or as it is defined."""
    declared = _declared.get(function)
    return function.__name__ if declared is None else declared.name


def find(name: str) -> Any:
    """The function or class of a declared name; saved files call this."""
    return _by_name[name]


def is_declared(name: str) -> bool:
    """Whether a function or class of this name is known here."""
    return name in _by_name


def _registered(thing: Thing, declared: Declared) -> Thing:
    known = _by_name.get(declared.name)
    if known is not None and known.__qualname__ != thing.__qualname__:
        raise ValueError(f"{declared.name!r} is declared twice: {known!r} and {thing!r}.")
    _by_name[declared.name] = thing
    _declared[thing] = declared
    return thing
