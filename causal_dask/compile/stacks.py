"""Mixtures in place of a model or an effect, by weights that out-of-fold predictions give.

The weights come from the predictions of all training rows, without further fits, as Ahrens et al.
(2024) have it. In a nested study the outcomes of the fold that is predicted are no target of them,
and in a strict one they have not reached the models of the other folds either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from causal_dask.formulas.ensembles import ensemble_weights, mix_effects
from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.spec.learner import EffectStack, Learner, Ref, Stack
from causal_dask.spec.stacks import with_stacks
from causal_dask.study.study import Held, Place, Study, Training
from causal_dask.tasks.rows import Selection, join, stitch, take
from causal_dask.tasks.stacks import mix, stack_weights

Folds = tuple[int, ...]

Value = Callable[[Ref, int | None, Place], Source]
"""The node of a value, for a variant, at a place."""


def with_stacks_of(learner: Learner, study: Study) -> Learner:
    """The declaration as a study has it: kinds with several base models are stacked."""
    return with_stacks(learner, study.bases)


@dataclass(frozen=True, slots=True)
class Mixture:
    """One stack in a study. ``value`` finds what is mixed, ``weighed`` what its weights are by."""

    step: Stack | EffectStack
    study: Study
    value: Value
    weighed: Value

    def at(self, variant: int | None, place: Place) -> Node:
        """What the stack predicts for the rows of a place."""
        study, step = self.study, self.step
        if study.nested and isinstance(place, Training):
            parts = tuple(self.at(variant, Held(k)) for k in study.shared.numbers)
            reads: dict[str, Read] = {"parts": parts, "folds": study.shared.folds}
            return node(stitch, reads, numbers=study.shared.numbers)
        mixed = tuple(self.value(Ref(name), variant, place) for name in step.of)
        weights = self.weights_at(step.owner(variant), place)
        by: dict[str, Read] = {} if weights is None else {"weights": weights}
        if isinstance(step, EffectStack):
            return node(mix_effects, {"effects": mixed, **by})
        return node(mix, {"predictions": mixed, **by})

    def weights_at(self, own: int | None, place: Place) -> Node | None:
        """The weights of what is predicted at a place."""
        return self.weights(own, *self._unseen(place))

    def weights(
        self, own: int | None, without: Folds = (), left_out: Folds | None = None
    ) -> Node | None:
        """The weights, by the predictions of the rows outside some folds.

        The models that predict them have not seen the folds ``left_out``; left out, the same.
        None if so few folds remain that none can be predicted by models of the others.
        """
        places = self._places(without, without if left_out is None else left_out)
        if not places:
            return None
        weighted = isinstance(self.step, EffectStack) or self.study.bases[self.step.of[0]].weighted
        also: dict[str, Read] = {}
        if self.study.weight is not None and weighted:
            also["sample_weight"] = self._sample_weight(places)
        if isinstance(self.step, EffectStack):
            return self._of_effects(self.step, own, places, also)
        reads: dict[str, Read] = {
            "predictions": self._mixed(own, places),
            "target": self._whole(Ref(self.step.model.target), own, places),
            "w": self._whole(Ref("w"), own, places),
        }
        selection = Selection(self.step.model.rows, own)
        return node(stack_weights, {**reads, **also}, selection=selection)

    def _of_effects(
        self, step: EffectStack, own: int | None, places: Sequence[Place], also: dict[str, Read]
    ) -> Node:
        """The weights of effects, by the loss of their mixture."""
        reads: dict[str, Read] = {
            "y": self._whole(Ref("y"), own, places),
            "w": self._whole(Ref("w"), own, places),
            "effects": self._mixed(own, places),
            "outcome_control": self._whole(Ref(step.outcome), 0, places),
            "outcome_treated": self._whole(Ref(step.outcome), own, places),
            "propensities": self._whole(Ref(step.propensity), own, places),
        }
        threshold = self.study.options["clipping_threshold"]
        constants = {"method": step.method, "variant": own, "clipping_threshold": threshold}
        return node(ensemble_weights, {**reads, **also}, **constants)

    def _unseen(self, place: Place) -> tuple[Folds, Folds]:
        """The folds whose outcomes are no target of the weights, and those no model has seen."""
        if not self.study.nested or not isinstance(place, Held):
            return (), ()
        if place.trains:
            return place.also, place.also
        is_strict = self.study.strict or isinstance(self.step, Stack)
        return place.without, place.without if is_strict else place.also

    def _places(self, without: Folds, left_out: Folds) -> Sequence[Place]:
        """The rows that the weights are estimated on."""
        if not without:
            return [Training()]
        left = [k for k in self.study.shared.numbers if k not in without]
        # an effect needs a fold for its second stage and another one for the nuisances of that
        fewest = 3 if isinstance(self.step, EffectStack) and left_out == without else 2
        return [Held(k, left_out) for k in left] if len(left) >= fewest else []

    def _mixed(self, own: int | None, places: Sequence[Place]) -> tuple[Source, ...]:
        """What is mixed, on all rows of some places."""
        return tuple(self._whole(Ref(name), own, places) for name in self.step.of)

    def _whole(self, ref: Ref, own: int | None, places: Sequence[Place]) -> Source:
        """A value on all rows of some places."""
        return _joined([self.weighed(ref, own, place) for place in places])

    def _sample_weight(self, places: Sequence[Place]) -> Source:
        """The weights of these rows."""
        weight, held = self.study.weight, self.study.shared.held_out
        assert weight is not None  # noqa: S101 - the caller has asked
        if isinstance(places[0], Training):
            return weight
        folds = [place.fold for place in places if isinstance(place, Held)]
        return _joined([node(take, {"values": weight, "rows": held[k]}) for k in folds])


def _joined(parts: Sequence[Source]) -> Source:
    return parts[0] if len(parts) == 1 else node(join, {"parts": tuple(parts)})
