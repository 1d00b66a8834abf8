"""Short-stacking: a mixture of candidates in place of a model, without further fits.

The weights come from the candidates' out-of-fold predictions of all rows, as Ahrens et al. (2024)
have it. In a nested study they have not seen the fold that is judged, as its models have not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.spec.learner import Learner, Ref, Stack
from causal_dask.spec.stacks import with_stacks
from causal_dask.study.study import Held, Place, Study, Training
from causal_dask.tasks.rows import Selection, join, stitch, take
from causal_dask.tasks.stacks import mix, stack_weights


def with_stacks_of(learner: Learner, study: Study) -> Learner:
    """The declaration as a study has it: kinds with several base models are stacked."""
    return with_stacks(learner, study.bases)


Value = Callable[[Ref, int | None, Place], Source]
"""The node of a value, for a variant, at a place."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """One stack in a study. ``value`` finds what its candidates predict."""

    step: Stack
    study: Study
    value: Value

    def at(self, variant: int | None, place: Place) -> Node:
        """What the stack predicts for the rows of a place."""
        study = self.study
        if study.nested and isinstance(place, Training):
            parts = tuple(self.at(variant, Held(k)) for k in study.shared.numbers)
            reads: dict[str, Read] = {"parts": parts, "folds": study.shared.folds}
            return node(stitch, reads, numbers=study.shared.numbers)
        found = {
            "predictions": tuple(self.value(Ref(name), variant, place) for name in self.step.of)
        }
        weights = self.weights(self.step.owner(variant), self._unseen(place))
        return node(mix, found if weights is None else {**found, "weights": weights})

    def weights(self, own: int | None, without: tuple[int, ...] = ()) -> Node | None:
        """The weights of the candidates, by predictions that have not seen some folds.

        None if less than two other folds are left, of which one can predict the other.
        """
        places = self._places(without)
        if not places:
            return None
        model = self.step.model
        reads: dict[str, Read] = {
            "predictions": tuple(self._whole(Ref(name), own, places) for name in self.step.of),
            "target": self._whole(Ref(model.target), own, places),
            "w": self._whole(Ref("w"), own, places),
        }
        if self.study.weight is not None and self.study.bases[self.step.of[0]].weighted:
            reads["sample_weight"] = self._sample_weight(places)
        return node(stack_weights, reads, selection=Selection(model.rows, own))

    def _unseen(self, place: Place) -> tuple[int, ...]:
        """The folds whose outcomes must not reach the weights of what is predicted at a place."""
        if not self.study.nested or not isinstance(place, Held):
            return ()
        return place.also if place.trains else place.without

    def _places(self, without: tuple[int, ...]) -> Sequence[Place]:
        """The rows that the weights are estimated on."""
        if not without:
            return [Training()]
        left = [k for k in self.study.shared.numbers if k not in without]
        return [Held(k, without) for k in left] if len(left) > 1 else []

    def _whole(self, ref: Ref, own: int | None, places: Sequence[Place]) -> Source:
        """A value on all rows of some places."""
        return _joined([self.value(ref, own, place) for place in places])

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
