"""Makes the notes of a learner's nodes: their labels, their work, their threads.

Labels are for people. They travel beside keys and never change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from causal_dask.compile.effort import Effort
from causal_dask.graph.label import Label
from causal_dask.graph.node import Data, Node, Source
from causal_dask.graph.note import Kind, Note, ThreadCounts, Threads
from causal_dask.spec.learner import EffectStack, Formula, Learner, Model, Step
from causal_dask.study.base_models.costs import curve_of
from causal_dask.study.base_models.traits import uses_gpu
from causal_dask.study.study import Base, Held, NewRows, Place, Split, Study
from causal_dask.tasks.rows import Selection

COUNTS, WIDE = "jobs", "wide"
"""The arguments of ``tasks.models.fit`` that say which parameters hold which counts of threads.

The user has set the first, a plan gives the second for the time of the fit.
"""


@dataclass(frozen=True)
class Noter:
    """Makes the notes of one learner's nodes in one study."""

    learner: Learner
    study: Study

    @cached_property
    def effort(self) -> Effort:
        """The work of this study's fits and predictions."""
        return Effort(self.study)

    @cached_property
    def threads(self) -> dict[str, Threads]:
        """The threads of each kind's fits."""
        return {kind: _threads_of_fit(base) for kind, base in self.study.bases.items()}

    @cached_property
    def on_gpu(self) -> dict[str, bool]:
        """Whether each kind's fits use a GPU."""
        return {kind: uses_gpu(base.model.estimator) for kind, base in self.study.bases.items()}

    def fit(self, step: Model, selection: Selection) -> Note:
        """The note of a fit to some rows."""
        return Note(
            label_of_fit(self.learner.name, step, selection.variant, selection.without),
            Kind.FIT,
            self.effort.of_fit(step.name, selection),
            self.threads[step.name],
            on_all_rows=not selection.without,
            model=step.name,
            on_gpu=self.on_gpu[step.name],
        )

    def prediction(self, made: Node, step: Model, own: int | None, by: Predictor) -> Note:
        """The note of a prediction, which takes the threads that its model was given."""
        n_rows = self._n_rows(made, by)
        base = None if by.is_cross_fit else self.study.bases.get(step.name)
        return Note(
            label_of_fit(self.learner.name, step, own, by.without),
            Kind.PREDICTION,
            self.effort.of_prediction(step.name, n_rows),
            Threads(ThreadCounts(base.jobs).most if base else 1),
            on_all_rows=not by.without,
            model=step.name,
            on_gpu=base is not None and self.on_gpu[step.name],
        )

    def value(self, step: Step, variant: int | None, place: Place) -> Note:
        """The note of a formula, or of predictions put together."""
        return Note(label_of_value(self.learner.name, step, variant, place))

    def answer(self, what: str) -> Note:
        """The note of something that is computed from the learner's values."""
        return Note(Label(f"{self.learner.name}-learner, {what}"))

    def _n_rows(self, made: Node, by: Predictor) -> int:
        """How many rows are predicted: a fold, a block of new rows, or all."""
        if isinstance(by.rows, Node):
            return self.effort.n_held_out(by.split, by.rows.constants["fold"])
        X = made.reads["X"]
        if isinstance(X, Data) and X.key != self.study.X.key:
            start, stop = made.constants.get("block", (0, X.value.shape[0]))
            return int(stop - start)
        return len(by.split.values)


@dataclass(frozen=True, slots=True)
class Predictor:
    """Which fit predicts which rows: the one without some folds, those of a node or all.

    A model that ``is_cross_fit`` was fitted before, with the threads that it had then.
    """

    split: Split
    without: tuple[int, ...]
    rows: Source | None = None
    is_cross_fit: bool = False


def _threads_of_fit(base: Base) -> Threads:
    """The threads that the user has set, and whether the fit can use more."""
    counts, more = ThreadCounts(base.jobs), ThreadCounts(base.more_threads or ())
    return Threads(
        counts.most,
        {COUNTS: counts} if counts else {},
        can_widen=base.more_threads is not None,
        wide_arguments={WIDE: more} if more else {},
        curve=curve_of(base.model.estimator),
    )


def label_of_fit(learner: str, step: Model, own: int | None, without: tuple[int, ...]) -> Label:
    """For example "DR-learner, treatment_model, variant 1, fold 2"."""
    return Label(
        _group_name(learner, step, own), _folds(without) if without else "all rows", _stage(step)
    )


def label_of_value(learner: str, step: Step, variant: int | None, place: Place) -> Label:
    """The same for a prediction or a formula at some rows."""
    own = variant if isinstance(step, Formula) else step.owner(variant)
    return Label(_group_name(learner, step, own), _where(place), _stage(step))


def _group_name(learner: str, step: Step, variant: int | None) -> str:
    return f"{learner}-learner, {step.name}" + ("" if variant is None else f", variant {variant}")


def _stage(step: Step) -> str:
    """The stage of a model; formulas are of none."""
    if isinstance(step, Formula | EffectStack):
        return ""
    return "nuisance" if step.is_nuisance else "treatment"


def _where(place: Place) -> str:
    if isinstance(place, Held):
        return _folds(place.without)
    return "new rows" if isinstance(place, NewRows) else "training rows"


def _folds(without: tuple[int, ...]) -> str:
    return "fold " + " and ".join(map(str, without))
