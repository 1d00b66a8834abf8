"""Makes the nodes of an answer: asks for values by name, from the answer back to the data.

With one shared split every value has a part per fold, computed by the models that held the fold
out: the pseudo-outcomes of fold j need fold-j models only, and the second-stage fit without fold k
reads the parts j != k. Those are the edges between the stages; there is no barrier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from causal_dask.compile.blocks import blocks_of
from causal_dask.compile.formula import formula
from causal_dask.compile.notes import Noter, Predictor
from causal_dask.compile.prepared import prepared_reads
from causal_dask.compile.stacks import Mixture
from causal_dask.errors import InvalidInput
from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.graph.note import FitName, Note
from causal_dask.spec.learner import INPUTS, EffectStack, Formula, Learner, Model, Ref, Stack
from causal_dask.study.seeds import seed_of
from causal_dask.study.study import Held, MatchedCrossFit, NewRows, Place, Split, Study, Training
from causal_dask.tasks.models import Answer, Recipe, combine, fit, predict
from causal_dask.tasks.rows import Design, Selection, join, stitch, take

AT_VARIANT: dict[str, Callable[[int | None], int | None]] = {
    "same": lambda variant: variant,
    "treated": lambda variant: variant,
    "control": lambda _: 0,
}


@dataclass(frozen=True)
class Compiler:
    """One learner's values in one study. Stacks have the weights of ``weighing``, if there is."""

    learner: Learner
    study: Study
    notes: dict[str, Note] = field(default_factory=dict, repr=False)
    made: dict[tuple[Any, ...], Source] = field(default_factory=dict, repr=False)
    answers: dict[tuple[str, int | None], Answer] = field(default_factory=dict, repr=False)
    fits: dict[FitName, Source] = field(default_factory=dict, repr=False)
    weighing: Compiler | None = field(default=None, repr=False)

    @cached_property
    def noter(self) -> Noter:
        """The maker of the notes."""
        return Noter(self.learner, self.study)

    def value(self, ref: Ref, variant: int | None, place: Place) -> Source:
        """The node that computes ``ref``, for ``variant``, on the rows of ``place``."""
        asked = (ref.name, ref.at, variant, place)
        return self._once(asked, lambda: self._value(ref, variant, place))

    def fit(self, step: Model, variant: int | None, without: tuple[int, ...]) -> Source:
        """The fit of ``step`` that sees every fold but some, or all of them."""
        own = step.owner(variant)
        without = (*without, *self._split(step, own).dropped)
        asked = (step.name, own, without)
        if asked not in self.fits:
            self.fits[asked] = self._fit(step, own, without)
        return self.fits[asked]

    def design(self, step: Model, variant: int | None) -> Design:
        """The columns that a model sees."""
        cross_fit = self._cross_fit(step, variant)
        return cross_fit.design if cross_fit else self.study.bases[step.name].design

    def _value(self, ref: Ref, variant: int | None, place: Place) -> Source:
        if ref.name in INPUTS:
            return self._once((ref.name, place), lambda: self._input(ref.name, place))
        step, variant = self.learner.step(ref.name), AT_VARIANT[ref.at](variant)
        if isinstance(step, Formula):
            made: Source = self._formula(step, variant, place)
        elif isinstance(step, Stack | EffectStack):
            weighed = (self.weighing or self).value
            made = Mixture(step, self.study, self.value, weighed).at(variant, place)
        else:
            asked = (step.name, _asked_about(step, variant), place)
            made = self._once(asked, lambda: self._model(step, variant, place))
        if made.key not in self.notes:
            self.notes[made.key] = self.noter.value(step, variant, place)
        return made

    def _input(self, name: str, place: Place) -> Source:
        if isinstance(place, Held):
            held = self._rows_of_fold(place)
            made = node(take, {"values": getattr(self.study, name), "rows": held})
            self.notes[made.key] = Note(Label(f"{name} of a fold", f"fold {place.fold}"))
            return made
        found: Source = getattr(self.study if isinstance(place, Training) else place, name)
        return found

    def _formula(self, step: Formula, variant: int | None, place: Place) -> Node:
        return formula(step, variant, self.study, lambda ref, own: self.value(ref, own, place))

    def _model(self, step: Model, variant: int | None, place: Place) -> Source:
        """Predictions by the models that may see the rows of ``place``."""
        # No model at all: the value is known, as propensities by design are.
        if (known := self._known_value(step, place)) is not None:
            return known
        split, inside = self._split(step, variant), Training()
        # One fold of another split than this model's own (a cross-fit of before): its rows are in
        # several folds of the model's split, so take them from the predictions of all rows.
        if isinstance(place, Held) and split.folds.key != self.study.shared.folds.key:
            whole = self.value(Ref(step.name), variant, inside)
            return node(take, {"values": whole, "rows": self._rows_of_fold(place)})
        # One fold of the shared split: the model without it, and without others if nested.
        if isinstance(place, Held):
            return self._held_out_prediction(
                step, variant, place.without, self._rows_of_fold(place)
            )
        # New rows: all folds' models, combined, or the one fitted on all rows.
        if isinstance(place, NewRows) and place.method != "overall":
            parts = [self._prediction(step, variant, (k,), place) for k in range(split.n_folds)]
            sums_to_one = self._answer(step, variant).kind == "probabilities"
            options = {"method": place.method, "sums_to_one": sums_to_one}
            return node(combine, {"predictions": tuple(parts)}, **options)
        if isinstance(place, NewRows) or split.n_folds == 1:
            return self._prediction(step, variant, (), place)
        # All training rows: each fold by the model without it; rows in no fold (-1) are new to a
        # cross-fit of before, and its overall fit predicts them.
        by_fold = [(k, (k,) if k >= 0 else ()) for k in split.numbers]
        rows = split.held_out
        held = tuple(self._held_out_prediction(step, variant, w, rows[k]) for k, w in by_fold)
        reads: dict[str, Read] = {"parts": held, "folds": split.folds}
        return node(stitch, reads, numbers=split.numbers)

    def _split(self, step: Model, variant: int | None) -> Split:
        """The split that a model is cross-fitted on, here or before."""
        cross_fit = self._cross_fit(step, variant)
        return cross_fit.split if cross_fit else self.study.splits[step.name]

    def _cross_fit(self, step: Model, variant: int | None) -> MatchedCrossFit | None:
        """The model that was cross-fitted before, if there is one."""
        return self.study.cross_fits.get((step.name, step.owner(variant)))

    def _known_value(self, step: Model, place: Place) -> Source | None:
        """The value that is known in place of a model's predictions, if it is."""
        if isinstance(place, NewRows) and step.name in place.known_values:
            return place.known_values[step.name]
        if (known := self.study.known_values.get(step.name)) is None:
            return None
        if isinstance(place, Held):
            return node(take, {"values": known, "rows": self._rows_of_fold(place)})
        if isinstance(place, NewRows):
            raise InvalidInput(
                f"The values of the {step.name} were passed to fit for the training rows, and new "
                "rows have none. Pass a constant or a column of 'X' in fit instead."
            )
        return known

    def _held_out_prediction(
        self, step: Model, variant: int | None, without: tuple[int, ...], rows: Source
    ) -> Source:
        """Predictions of held-out rows, made once though asked for by fold and all together."""
        asked = (step.name, _asked_about(step, variant), without, rows.key)
        return self._once(asked, lambda: self._prediction(step, variant, without, Training(), rows))

    def _prediction(
        self, step: Model, variant: int | None, without: tuple[int, ...],
        place: Training | NewRows, rows: Source | None = None,
    ) -> Node:  # fmt: skip
        blocks = blocks_of(place) if isinstance(place, NewRows) else []
        if len(blocks) > 1:
            parts = (self._prediction(step, variant, without, block) for block in blocks)
            return node(join, {"parts": tuple(parts)})
        inputs = self.study if isinstance(place, Training) else blocks[0]
        reads: dict[str, Read] = {"model": self.fit(step, variant, without), "X": inputs.X}
        if rows is not None:
            reads["rows"] = rows
        if step.variant_as_feature and variant is None and inputs.w is not None:
            reads["w"] = inputs.w
        block = {"block": inputs.rows} if isinstance(inputs, NewRows) and inputs.rows else {}
        made = node(predict, reads, answer=self._answer(step, variant), **block)
        if made.key not in self.notes:
            cross_fit, split = self._cross_fit(step, variant), self._split(step, variant)
            by = Predictor(split, without, rows, is_cross_fit=cross_fit is not None)
            self.notes[made.key] = self.noter.prediction(made, step, step.owner(variant), by)
        return made

    def _answer(self, step: Model, variant: int | None) -> Answer:
        asked = (step.name, variant)
        if asked not in self.answers:
            self.answers[asked] = self._answer_of(step, variant)
        return self.answers[asked]

    def _answer_of(self, step: Model, variant: int | None) -> Answer:
        n_columns = self.study.n_variants if step.role == "propensity" else self.study.n_classes
        design = self.design(step, variant)
        shown = variant if step.variant_as_feature else None
        if step.role == "effect":
            return Answer("effect", design)
        return Answer("probabilities" if n_columns else "outcome", design, n_columns, shown)

    def _fit(self, step: Model, own: int | None, without: tuple[int, ...]) -> Source:
        if cross_fit := self._cross_fit(step, own):
            return cross_fit.fits[without]
        base, selection = self.study.bases[step.name], Selection(step.rows, own, without)
        split = self.study.splits[step.name]
        seed = seed_of(self.study.seed, base.identity, step, selection) if base.wants_seed else None
        seen = self._training_column(step.target, own, without)
        reads: dict[str, Read] = {"X": self.study.X, "target": seen}
        if step.weight:
            reads["weight"] = self._training_column(step.weight, own, without)
        if self.study.weight is not None and base.weighted:
            reads["sample_weight"] = self.study.weight
        if step.rows != "all" or step.variant_as_feature:
            reads["w"] = self.study.w
        # without folds and with a whole target, the split does not matter: its key stays out
        if without or isinstance(seen, tuple):
            reads["folds"] = split.folds
        reads |= prepared_reads(self.study, step.name, selection, reads, self.notes)
        recipe = Recipe(base.model, selection, base.design, seed, base.fit_params)
        by_sums = {"by_sums": True} if base.prepare and base.prepare.is_of_sums else {}
        made = node(fit, reads, recipe=recipe, **by_sums)
        self.notes[made.key] = self.noter.fit(step, selection)
        return made

    def _training_column(self, name: str, variant: int | None, without: tuple[int, ...]) -> Read:
        """A training column: a part per fold seen; whole if it is data or folds are not shared."""
        if name in INPUTS or not self.study.shares_folds:
            return self.value(Ref(name), variant, Training())
        # nested: what this fit reads has not seen the folds that it leaves out
        also = without if self.study.nested else ()
        folds = (k for k in range(self.study.shared.n_folds) if k not in without)
        trains = bool(self.learner.stacks)
        return tuple(self.value(Ref(name), variant, Held(k, also, trains)) for k in folds)

    def _rows_of_fold(self, place: Held) -> Source:
        """The numbers of the rows of a fold of the shared split."""
        held = self.study.shared.held_out[place.fold]
        self.notes[held.key] = Note(Label("rows of a fold", f"fold {place.fold}"))
        return held

    def _once(self, asked: tuple[Any, ...], make: Callable[[], Source]) -> Source:
        if asked not in self.made:
            self.made[asked] = make()
        return self.made[asked]


def _asked_about(step: Model, variant: int | None) -> int | None:
    """The variant that a model's predictions depend on, if they do."""
    return variant if step.variant_as_feature else step.owner(variant)
