"""The inputs of one compilation: the data, the folds, the base models, the seed. Records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from causal_dask.declared import saved
from causal_dask.graph.node import Data, Source, node
from causal_dask.tasks.estimators import Jobs
from causal_dask.tasks.folds import held_out
from causal_dask.tasks.models import BaseModel
from causal_dask.tasks.prepared.kinds import Preparation
from causal_dask.tasks.rows import Array, Design

OutOfSample = Literal["overall", "mean", "median"]


@saved("Base")
@dataclass(frozen=True, slots=True)
class Base:
    """The base model of one model kind, and what it is given besides the data.

    ``identity`` is what the model is, without versions and code: seeds are drawn from it. ``pace``
    is a guess at the seconds of a fit per row. ``more_threads`` has the parameters that set the
    number of threads, if a fit can use several and the user has set none. ``prepare`` says how its
    fits share the preparation of the covariates, if they do.
    """

    model: BaseModel
    identity: str
    wants_seed: bool
    design: Design = Design()
    jobs: Jobs = ()
    pace: float = 0.0
    more_threads: Jobs | None = None
    weighted: bool = True
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    prepare: Preparation | None = None

    def __setstate__(self, state: list[Any]) -> None:
        """Restore a pickled base model, also one of before ``prepare`` was known."""
        for field_, value in zip(fields(self), [*state, None][: len(fields(self))], strict=True):
            object.__setattr__(self, field_.name, value)


@saved("Split")
@dataclass(frozen=True)
class Split:
    """A partition of the study's rows: the node with the fold of each row, and their number.

    Where a task draws it from a part of the rows, the others are in one more fold, which no model
    sees; ``typical`` are folds of such a draw, from which work is guessed.
    """

    folds: Source
    n_folds: int
    typical: Any = None

    @property
    def values(self) -> Array:
        """The fold of each row, or what it may be where a task draws it."""
        return np.asarray(self.folds.value if isinstance(self.folds, Data) else self.typical)

    @property
    def dropped(self) -> tuple[int, ...]:
        """The fold of the rows that no model sees, if there are any."""
        return () if isinstance(self.folds, Data) else (self.n_folds,)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The folds that hold rows out, and -1 if there are rows outside all of them."""
        return tuple(fold for fold in np.unique(self.values).tolist() if fold not in self.dropped)

    @cached_property
    def held_out(self) -> dict[int, Source]:
        """The nodes with the numbers of the rows of each fold."""
        return {k: node(held_out, {"folds": self.folds}, fold=k) for k in self.numbers}


@saved("CrossFitted")
@dataclass(frozen=True, slots=True)
class MatchedCrossFit:
    """A cross-fit matched to the study's rows: its fits by the folds left out.

    Rows of the study that it was not trained on are in fold -1, which the overall fit predicts.
    """

    split: Split
    fits: Mapping[tuple[int, ...], Data]
    design: Design


@saved("Study")
@dataclass(frozen=True)
class Study:
    """The inputs of a compilation. ``n_classes`` is 0 for a regression.

    ``splits`` are those of the model kinds that are fitted here, ``cross_fits`` the models, by kind
    and owner, that were fitted before, ``known_values`` what is known in place of a model
    (propensities by design). ``weight`` are the rows' weights, here or computed by a task. With
    ``nested``, second-stage models read nuisances that have not seen the fold they leave out.
    Without ``overall``, nothing is fitted on all rows. With ``strict``, weights of mixtures do not
    know the outcomes that are judged by any way, at the cost of fits without one more fold.
    """

    X: Source
    y: Data
    w: Data
    n_variants: int
    n_classes: int
    bases: Mapping[str, Base]
    splits: Mapping[str, Split]
    options: Mapping[str, Any]
    seed: int
    weight: Source | None = None
    known_values: Mapping[str, Data] = field(default_factory=dict)
    cross_fits: Mapping[tuple[str, int | None], MatchedCrossFit] = field(default_factory=dict)
    nested: bool = False
    overall: bool = True
    strict: bool = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickled study, also one from before two fields were renamed."""
        renamed = {"values": "known_values", "supplied": "cross_fits"}
        self.__dict__.update({renamed.get(name, name): value for name, value in state.items()})

    @property
    def contrasts(self) -> range:
        """The variants that are compared with control."""
        return range(1, self.n_variants)

    @property
    def n_outputs(self) -> int:
        """Columns of an outcome: one per class, or one."""
        return self.n_classes or 1

    @cached_property
    def predicts_new_rows(self) -> bool:
        """Whether every model was also fitted on all its rows."""
        return self.overall and all(() in model.fits for model in self.cross_fits.values())

    @cached_property
    def shares_folds(self) -> bool:
        """Whether all models are cross-fitted on one split, so that values have a part per fold."""
        distinct = {split.folds.key for split in self.splits.values()}
        return len(distinct) == 1 and self.cross_fitted

    @property
    def shared(self) -> Split:
        """The split of all models, where they share one."""
        return next(iter(self.splits.values()))

    @property
    def cross_fitted(self) -> bool:
        """Whether every row has, for every model, a fit that did not see it."""
        before = (model.split for model in self.cross_fits.values())
        return all(split.n_folds > 1 for split in (*self.splits.values(), *before))

    def on(self, X: Source) -> Study:
        """The same study with other covariates of its rows, here or made by a task."""
        return replace(self, X=X)

    def at(self, X: Any) -> Study:
        """The same study with its covariates in memory."""
        return replace(self, X=Data(self.X.key, X))


class Held(NamedTuple):
    """The training rows of one fold, seen by the models that held it (and ``also`` others) out.

    A value ``trains`` if a fit reads it that leaves ``also`` out, but not the fold.
    """

    fold: int
    also: tuple[int, ...] = ()
    trains: bool = False

    @property
    def without(self) -> tuple[int, ...]:
        """The folds that the models have not seen."""
        return tuple(sorted({self.fold, *self.also}))


@dataclass(frozen=True, slots=True)
class Training:
    """All training rows, each seen by the models that held it out."""


@dataclass(frozen=True, slots=True, eq=False)
class NewRows:
    """Rows that no model trained on, seen by the overall models or by all folds' models.

    ``rows`` is a range of those of ``X``; without it all are meant. ``known_values`` are what is
    known of these rows in place of a model, as in a ``Study``.
    """

    X: Data
    y: Data | None = None
    w: Data | None = None
    method: OutOfSample = "overall"
    rows: tuple[int, int] | None = None
    known_values: Mapping[str, Data] = field(default_factory=dict)


Place = Held | Training | NewRows
"""The rows that a value is asked for. They alone decide which models may answer."""
