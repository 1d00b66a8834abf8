"""The course of a tuning: waves of trials, or rungs on which the best of them go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from causal_dask.errors import ModelFailed
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.selection.tuning.budget import Budget
from causal_dask.selection.tuning.halving import (
    least_share,
    rungs,
    some_rows,
    survivors,
    with_trees,
)
from causal_dask.selection.tuning.samplers import Sampler
from causal_dask.selection.tuning.trials import Bench, Trial
from causal_dask.study.base_models.traits import name_of

COLUMNS = ("model_kind", "trial", "share", "loss", "error")

Settings = dict[str, Any]

Asked = tuple[int, Settings]
"""The number and the settings of a trial."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that has run: its number, its settings, the share of rows or trees, its loss."""

    number: int
    settings: Settings
    share: float
    loss: float | None
    error: str | None


@dataclass
class Kind:
    """The tuning of one model kind under way. Its first trial is the model as it is."""

    name: str
    model: Any
    sampler: Sampler
    tried: list[Tried] = field(default_factory=list)
    waves: list[float] = field(default_factory=list)
    n_asked: int = 0
    stopped: str = ""

    def ask(self, n: int) -> list[Asked]:
        """The next trials, with their numbers; fewer if there are no others."""
        first: list[Settings] = [{}] if self.n_asked == 0 and n > 0 else []
        found = [*first, *self.sampler.ask(n - len(first))] if n > 0 else []
        self.n_asked += len(found)
        return list(enumerate(found, self.n_asked - len(found)))

    def tell(self, tried: Sequence[Tried]) -> None:
        """Keep the losses of trials that have run, and let the sampler learn from them."""
        self.tried += tried
        known = (each.loss for each in self._whole() if each.loss is not None)
        self.waves.append(min(known, default=float("inf")))
        self.sampler.tell([each.loss for each in tried if each.number > 0])

    @property
    def best(self) -> Settings:
        """The settings with the smallest loss on all rows and trees; the first of equal ones."""
        known = [t for t in self._whole() if t.loss is not None]
        if not self.tried:  # the budget was used up before: the model stays as it is
            return {}
        if not known:
            errors = [t.error for t in self.tried if t.error]
            raise ModelFailed(
                f"All trials of the {self.name} failed. The first: {errors[0] if errors else '-'}"
            )
        return min(known, key=lambda t: (t.loss, t.number)).settings

    def table(self) -> pd.DataFrame:
        """A row for each trial and rung."""
        rows = [
            {"model_kind": self.name, "trial": t.number, "share": t.share, "loss": t.loss,
             "error": t.error, **t.settings}
            for t in self.tried
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=None if rows else list(COLUMNS))

    def _whole(self) -> list[Tried]:
        """The trials that had all rows and trees."""
        return [t for t in self.tried if t.share == 1.0]


@dataclass(frozen=True, slots=True)
class Course:
    """What a tuning is done with: the learner, the data and the budget."""

    learner: MetaLearner
    bench: Bench
    budget: Budget
    n_trials: int
    seed: int

    def waves(self, kinds: Sequence[Kind], size: int) -> None:
        """Waves of all kinds at once, until all trials or the budget are used up."""
        running = list(kinds)
        while running:
            asked = {kind.name: self._ask(kind, size, len(running)) for kind in running}
            running = [kind for kind in running if asked[kind.name]]
            for kind, tried in self._run(running, asked, self.bench):
                kind.tell(tried)
                kind.stopped = kind.stopped or self.budget.stops(kind.waves)
            running = [kind for kind in running if not kind.stopped]

    def halving(self, kinds: Sequence[Kind], resource: str) -> None:
        """All trials with little, the best third with three times as much, and so on."""
        asked = {kind.name: kind.ask(self.n_trials) for kind in kinds}
        given, on_rows = self.bench.given, resource == "rows"
        least = least_share(given) if on_rows else LEAST_TREES
        steps = rungs(self.n_trials, least)
        for rung, after in zip(steps, [*steps[1:], None], strict=True):
            share = rung.share
            rows = some_rows(given, share, self.seed) if on_rows else given
            bench = replace(self.bench, given=rows)
            for kind, tried in self._run(kinds, asked, bench, share, on_trees=not on_rows):
                kind.tried += tried
                if after is not None:
                    classes = [class_of(kind.model, each.settings) for each in tried]
                    kept = survivors([each.loss for each in tried], classes, after.n_trials)
                    asked[kind.name] = [asked[kind.name][position] for position in kept]

    def _ask(self, kind: Kind, size: int, n_kinds: int) -> list[Asked]:
        """The next trials of a kind that the budget allows."""
        wanted = min(size, self.n_trials - kind.n_asked)
        fits, before = self.bench.fits_of_trial(self.learner, kind.name)
        allowed = min(wanted, self.budget.trials_left(fits, before) // n_kinds)
        if allowed < wanted:
            kind.stopped = f"{self.budget.max_fits:,} fits are used up"
        return kind.ask(allowed)

    def _run(
        self, kinds: Sequence[Kind], asked: Mapping[str, Sequence[Asked]], bench: Bench,
        share: float = 1.0, on_trees: bool = False,
    ) -> Iterator[tuple[Kind, list[Tried]]]:  # fmt: skip
        """The trials of some kinds as one graph."""
        pairs = [(kind, *each) for kind in kinds for each in asked[kind.name]]
        trials = [
            Trial(kind.name, with_trees(kind.model, own, share) if on_trees else own)
            for kind, _, own in pairs
        ]
        losses, n_fits = bench.losses(self.learner, trials)
        self.budget.fits += n_fits
        for kind in kinds:
            yield (
                kind,
                [
                    Tried(
                        number,
                        own,
                        share,
                        *((loss, None) if isinstance(loss, float) else (None, loss)),
                    )
                    for (of, number, own), loss in zip(pairs, losses, strict=True)
                    if of is kind
                ],
            )


LEAST_TREES = 1 / 9
"""The share of its trees that a model has on the first rung at least."""


def class_of(model: Any, settings: Settings) -> str:
    """The class of a trial's model, and of models among its settings."""
    inner = [value for _, value in sorted(settings.items()) if hasattr(value, "fit")]
    return "/".join(name_of(each) for each in [model, *inner])
