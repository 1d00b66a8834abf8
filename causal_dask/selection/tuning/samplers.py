"""Where the settings of trials come from: drawn at random, or proposed by Optuna."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from sklearn.model_selection import ParameterSampler

from causal_dask.errors import InvalidInput, InvalidType, MissingExtra

Space = Mapping[str, Any]
"""Values or a distribution for each parameter of a model."""

SAMPLERS = ("random", "optuna")


class Sampler(Protocol):
    """Proposes settings, and may learn from their losses."""

    def ask(self, n: int) -> list[dict[str, Any]]:
        """The settings of the next trials, fewer if there are no others."""

    def tell(self, losses: Sequence[float | None]) -> None:
        """The losses of those asked for last; None of a trial that failed."""


def sampler_of(name: str, space: Space, n_trials: int, seed: int) -> Sampler:
    """The sampler of this name over a space."""
    if name not in SAMPLERS:
        raise InvalidInput(f"'sampler' must be one of {list(SAMPLERS)}. Got {name!r}.")
    check_space(space)
    if name == "random":
        return RandomSampler(space, n_trials, seed)
    return OptunaSampler(space, seed)


def check_space(space: Any) -> None:
    """Raise unless a space has lists or distributions for parameters."""
    if not isinstance(space, Mapping) or not space:
        raise InvalidType(
            "'space' must be a dict of dicts: for each model kind, lists of values or "
            f"distributions by the name of the parameter. Got {space!r}."
        )
    for name, values in space.items():
        if not hasattr(values, "rvs") and (isinstance(values, str) or not _is_list(values)):
            raise InvalidType(
                f"'space' must give a list of values, or a distribution of scipy.stats, for "
                f"{name!r}. Got {values!r}."
            )


class RandomSampler:
    """Draws settings independently; a space of lists is drawn without repetition."""

    def __init__(self, space: Space, n_trials: int, seed: int) -> None:
        sizes = [len(v) for v in space.values() if not hasattr(v, "rvs")]
        is_grid = len(sizes) == len(space)
        n = min(n_trials, math.prod(sizes)) if is_grid else n_trials
        drawn = ParameterSampler(space, n, random_state=seed)
        self.left = [{name: _plain(value) for name, value in each.items()} for each in drawn]

    def ask(self, n: int) -> list[dict[str, Any]]:
        """The next settings of one draw, which the size of waves does not change."""
        found, self.left = self.left[:n], self.left[n:]
        return found

    def tell(self, losses: Sequence[float | None]) -> None:
        """Learn nothing."""


class OptunaSampler:
    """Proposes settings by Optuna's tree-structured Parzen estimator (Bergstra et al. 2011)."""

    def __init__(self, space: Space, seed: int) -> None:
        try:
            import optuna  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtra.named("optuna", "optuna") from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.space = {name: _as_optuna(optuna, values) for name, values in space.items()}
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        self.study = optuna.create_study(sampler=sampler)
        self.pending: list[Any] = []

    def ask(self, n: int) -> list[dict[str, Any]]:
        """The settings of the next trials."""
        self.pending = [self.study.ask(self.space) for _ in range(n)]
        return [dict(trial.params) for trial in self.pending]

    def tell(self, losses: Sequence[float | None]) -> None:
        """The losses of the trials, from which the next are proposed."""
        import optuna  # noqa: PLC0415 - an extra, which is there

        for trial, loss in zip(self.pending, losses, strict=True):
            state = optuna.trial.TrialState.FAIL if loss is None else None
            self.study.tell(trial, loss, state=state)


def _as_optuna(optuna: Any, values: Any) -> Any:
    """A list or a distribution of SciPy in Optuna's words."""
    kinds = optuna.distributions
    if not hasattr(values, "rvs"):
        return kinds.CategoricalDistribution(list(values))
    name, (low, high) = values.dist.name, values.support()
    if name == "randint":
        return kinds.IntDistribution(int(low), int(high))
    if name in {"uniform", "loguniform", "reciprocal"}:
        return kinds.FloatDistribution(float(low), float(high), log=name != "uniform")
    raise InvalidInput(
        f"Optuna takes lists, randint, uniform and loguniform of scipy.stats. Got {name!r}. Use "
        "sampler='random'."
    )


def _plain(value: Any) -> Any:
    """A number of NumPy as Python's own, which all models take and print alike."""
    return value.item() if isinstance(value, np.generic) else value


def _is_list(values: Any) -> bool:
    return hasattr(values, "__len__") and len(values) > 0 and not isinstance(values, Mapping)
