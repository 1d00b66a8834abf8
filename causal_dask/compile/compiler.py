"""Asks for values by name, from an answer back to the data, and so finds the nodes it needs.

With one shared split every value has a part per fold, computed by the models that held the fold
out: the pseudo-outcomes of fold j need fold-j models only, and the second-stage fit without fold k
reads the parts j != k. Those are the edges between the stages; there is no barrier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from causal_dask.compile.blocks import blocks_of
from causal_dask.compile.effort import Effort
from causal_dask.compile.labels import label_of_fit, label_of_value
from causal_dask.errors import InvalidInput
from causal_dask.graph.label import Label
from causal_dask.graph.node import Data, Node, Read, Source, node
from causal_dask.plans.costs import Work
from causal_dask.spec.learner import INPUTS, VARIANT, Formula, Learner, Model, Ref
from causal_dask.study.seeds import seed_of
from causal_dask.study.study import CrossFitted, Held, NewRows, Place, Split, Study, Training
from causal_dask.tasks.models import Answer, Jobs, Recipe, combined, fit, predict
from causal_dask.tasks.rows import Design, Selection, joined, stitched, take

AT_VARIANT: dict[str, Callable[[int | None], int | None]] = {
    "same": lambda variant: variant,
    "treated": lambda variant: variant,
    "control": lambda _: 0,
}


@dataclass(frozen=True)
class Compiler:
    """One learner's values in one study.

    ``labels``, ``work`` and the thread counts that the user has set, ``jobs`` of fits and
    ``borrowed`` by predictions with their models, and fits that could use more, ``widens``, fill up
    as nodes are made.
    """

    learner: Learner
    study: Study
    labels: dict[str, Label] = field(default_factory=dict)
    jobs: dict[str, Jobs] = field(default_factory=dict)
    borrowed: dict[str, Jobs] = field(default_factory=dict)
    widens: dict[str, Jobs] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict, repr=False)
    made: dict[tuple[Any, ...], Source] = field(default_factory=dict, repr=False)

    @cached_property
    def effort(self) -> Effort:
        """What fits and predictions of this study may take."""
        return Effort(self.study)

    def value(self, ref: Ref, variant: int | None, place: Place) -> Source:
        """The node that holds ``ref``, for ``variant``, on the rows of ``place``."""
        return self._once((ref, variant, place), lambda: self._value(ref, variant, place))

    def fit(self, step: Model, variant: int | None, without: tuple[int, ...]) -> Source:
        """The fit of ``step`` that sees every fold but some, or all of them."""
        own = step.owner(variant)
        return self._once((step.name, own, without), lambda: self._fit(step, own, without))

    def design(self, step: Model, variant: int | None) -> Design:
        """The columns that a model sees."""
        elsewhere = self._elsewhere(step, variant)
        return elsewhere.design if elsewhere else self.study.bases[step.name].design

    def _value(self, ref: Ref, variant: int | None, place: Place) -> Source:
        if ref.name in INPUTS:
            return self._once((ref.name, place), lambda: self._input(ref.name, place))
        step, variant = self.learner.step(ref.name), AT_VARIANT[ref.at](variant)
        if isinstance(step, Formula):
            made: Source = self._formula(step, variant, place)
        else:
            asked = (step.name, _asked_about(step, variant), place)
            made = self._once(asked, lambda: self._model(step, variant, place))
        self.labels.setdefault(made.key, label_of_value(self.learner.name, step, variant, place))
        return made

    def _input(self, name: str, place: Place) -> Source:
        if isinstance(place, Held):
            held = self._held_out(place)
            made = node(take, {"values": getattr(self.study, name), "rows": held})
            self.labels[made.key] = Label(f"{name} of a fold", f"fold {place.fold}")
            return made
        found: Source = getattr(self.study if isinstance(place, Training) else place, name)
        return found

    def _formula(self, step: Formula, variant: int | None, place: Place) -> Node:
        reads: dict[str, Read] = {}
        constants = {name: self.study.options[name] for name in step.options}
        for word, ref in step.reads:
            if ref.name == VARIANT:
                constants[word] = variant
            elif ref.at == "every":
                same = replace(ref, at="same")
                reads[word] = tuple(self.value(same, k, place) for k in self.study.contrasts)
            else:
                reads[word] = self.value(ref, variant, place)
        return node(step.compute, reads, **constants)

    def _model(self, step: Model, variant: int | None, place: Place) -> Source:
        """Predictions by the models that may see the rows of ``place``."""
        if step.name in self.study.values:
            return self._supplied(step, place)
        split, inside = self._split(step, variant), Training()
        if isinstance(place, Held) and split.folds.key != self.study.shared.folds.key:
            whole = self.value(Ref(step.name), variant, inside)
            return node(take, {"values": whole, "rows": self._held_out(place)})
        if isinstance(place, Held):
            return self._held(step, variant, place.without, self._held_out(place))
        if isinstance(place, NewRows) and place.method != "overall":
            parts = [self._prediction(step, variant, (k,), place) for k in range(split.n_folds)]
            sums_to_one = self._answer(step, variant).kind == "probabilities"
            options = {"method": place.method, "sums_to_one": sums_to_one}
            return node(combined, {"predictions": tuple(parts)}, **options)
        if isinstance(place, NewRows) or split.n_folds == 1:
            return self._prediction(step, variant, (), place)
        by_fold = [(k, (k,) if k >= 0 else ()) for k in split.numbers]
        rows = split.held_out
        held = tuple(self._held(step, variant, w, rows[k]) for k, w in by_fold)
        reads: dict[str, Read] = {"parts": held, "folds": split.folds}
        return node(stitched, reads, numbers=split.numbers)

    def _split(self, step: Model, variant: int | None) -> Split:
        """The split that a model was cross-fitted on, here or elsewhere."""
        elsewhere = self._elsewhere(step, variant)
        return elsewhere.split if elsewhere else self.study.splits[step.name]

    def _elsewhere(self, step: Model, variant: int | None) -> CrossFitted | None:
        """The model that the study got ready-made, if it did."""
        return self.study.supplied.get((step.name, step.owner(variant)))

    def _supplied(self, step: Model, place: Place) -> Source:
        """The value that the study knows in place of a model."""
        known = self.study.values[step.name]
        if isinstance(place, Held):
            return node(take, {"values": known, "rows": self._held_out(place)})
        if isinstance(place, NewRows):
            raise InvalidInput(
                f"The values of the {step.name} were passed to fit for the training rows, and new "
                "rows have none. Pass a constant or a column of 'X' in fit instead."
            )
        return known

    def _held(
        self, step: Model, variant: int | None, without: tuple[int, ...], rows: Source
    ) -> Source:
        """Predictions of rows held out, which are asked for by fold and all together."""
        asked = (step.name, _asked_about(step, variant), without, rows.key)
        return self._once(asked, lambda: self._prediction(step, variant, without, Training(), rows))

    def _prediction(
        self, step: Model, variant: int | None, without: tuple[int, ...],
        place: Training | NewRows, rows: Source | None = None,
    ) -> Node:  # fmt: skip
        blocks = blocks_of(place) if isinstance(place, NewRows) else []
        if len(blocks) > 1:
            parts = (self._prediction(step, variant, without, block) for block in blocks)
            return node(joined, {"parts": tuple(parts)})
        inputs = self.study if isinstance(place, Training) else blocks[0]
        reads: dict[str, Read] = {"model": self.fit(step, variant, without), "X": inputs.X}
        if rows is not None:
            reads["rows"] = rows
        if step.variant_as_feature and variant is None and inputs.w is not None:
            reads["w"] = inputs.w
        block = {"block": inputs.rows} if isinstance(inputs, NewRows) and inputs.rows else {}
        made = node(predict, reads, answer=self._answer(step, variant), **block)
        own = step.owner(variant)
        if made.key not in self.labels:
            self.labels[made.key] = label_of_fit(self.learner.name, step, own, without)
            self._note_prediction(made, step, own, rows)
        return made

    def _note_prediction(
        self, made: Node, step: Model, own: int | None, rows: Source | None
    ) -> None:
        """What a prediction takes: rows, and the threads that its model was given."""
        if isinstance(rows, Node):
            n_rows = self.effort.n_held_out(self._split(step, own), rows.constants["fold"])
        else:
            X, n_rows = made.reads["X"], len(self._split(step, own).folds.value)
            if isinstance(X, Data) and X.key != self.study.X.key:
                start, stop = made.constants.get("block", (0, X.value.shape[0]))
                n_rows = int(stop - start)
        self.work[made.key] = self.effort.of_prediction(step.name, n_rows)
        base = self.study.bases.get(step.name)
        if base is not None and base.jobs and not self._elsewhere(step, own):
            self.borrowed[made.key] = base.jobs

    def _answer(self, step: Model, variant: int | None) -> Answer:
        n_columns = self.study.n_variants if step.role == "propensity" else self.study.n_classes
        design = self.design(step, variant)
        shown = variant if step.variant_as_feature else None
        if step.role == "effect":
            return Answer("effect", design)
        return Answer("probabilities" if n_columns else "outcome", design, n_columns, shown)

    def _fit(self, step: Model, own: int | None, without: tuple[int, ...]) -> Source:
        if elsewhere := self._elsewhere(step, own):
            return elsewhere.fits[without]
        base, selection = self.study.bases[step.name], Selection(step.rows, own, without)
        seed = seed_of(self.study.seed, base.identity, step, selection) if base.wants_seed else None
        seen = self._seen(step.target, own, without)
        reads: dict[str, Read] = {"X": self.study.X, "target": seen}
        if step.weight:
            reads["weight"] = self._seen(step.weight, own, without)
        if self.study.weight is not None and base.weighted:
            reads["sample_weight"] = self.study.weight
        if step.rows != "all" or step.variant_as_feature:
            reads["w"] = self.study.w
        if without or isinstance(seen, tuple):
            reads["folds"] = self.study.splits[step.name].folds
        recipe = Recipe(base.model, selection, base.design, seed, base.fit_params)
        made = node(fit, reads, recipe=recipe)
        self.labels[made.key] = label_of_fit(self.learner.name, step, own, without)
        self.work[made.key] = self.effort.of_fit(step.name, selection)
        if base.jobs:
            self.jobs[made.key] = base.jobs
        if base.more_threads is not None:
            self.widens[made.key] = base.more_threads
        return made

    def _seen(self, name: str, variant: int | None, without: tuple[int, ...]) -> Read:
        """A training column: whole where nothing is held out of it, else one part per fold seen."""
        if name in INPUTS or not self.study.shares_folds:
            return self.value(Ref(name), variant, Training())
        also = without if self.study.nested else ()
        folds = (k for k in range(self.study.shared.n_folds) if k not in without)
        return tuple(self.value(Ref(name), variant, Held(k, also)) for k in folds)

    def _held_out(self, place: Held) -> Source:
        """The numbers of the rows of a fold of the shared split."""
        held = self.study.shared.held_out[place.fold]
        self.labels[held.key] = Label("rows of a fold", f"fold {place.fold}")
        return held

    def _once(self, asked: tuple[Any, ...], make: Callable[[], Source]) -> Source:
        if asked not in self.made:
            self.made[asked] = make()
        return self.made[asked]


def _asked_about(step: Model, variant: int | None) -> int | None:
    """The variant that makes a difference to what a model predicts, if any does."""
    return variant if step.variant_as_feature else step.owner(variant)
