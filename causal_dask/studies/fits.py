"""The learners of one replication, fitted to its data: together, alone, or by a function."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sklearn.base import clone

from causal_dask.errors import InvalidInput
from causal_dask.estimators.fit_together import fit_together
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.studies.drawn import FAILURES, Drawn


def fitted_or_waiting(
    learners: Mapping[str, Any], data: Drawn, random_state: int, answers: str | None
) -> dict[str, Any]:
    """The fitted learners, or their errors; equal fits run once. Functions wait to be called."""
    together = {name: each for name, each in learners.items() if isinstance(each, MetaLearner)}
    seeded = {name: _with_seed(each, random_state) for name, each in together.items()}
    found: dict[str, Any] = {}
    if len(seeded) > 1:
        try:
            found = dict(zip(seeded, _together(list(seeded.values()), data, answers), strict=True))
        except FAILURES:  # one by one, it is seen which of them fail
            found = {}
    for name, learner in seeded.items():
        if name not in found:
            found[name] = _fit_alone(learner, data, answers)
    return {name: found.get(name, each) for name, each in learners.items()}


def called(learner: Any, data: Any) -> Any:
    """What a function of the data gives, or its error; a fitted learner, or an error, as it is.

    It is called when it is to be measured and not before: another function may fit the same object.
    """
    if isinstance(learner, (MetaLearner, *FAILURES)):
        return learner
    try:
        found = learner(data)
        _check_is_of_this_thread(found)
    except FAILURES as error:
        return error
    return found


def _together(learners: list[Any], data: Drawn, answers: str | None) -> list[Any]:
    return fit_together(learners, data.X, data.y, data.w, answers=answers)


def _fit_alone(learner: MetaLearner, data: Drawn, answers: str | None) -> Any:
    try:
        return learner.fit(data.X, data.y, data.w, answers=answers)
    except FAILURES as error:
        return error


def _with_seed(learner: Any, random_state: int) -> Any:
    """A copy of a learner, with a seed of the replication if it has none of its own."""
    copied = clone(learner)
    if copied.random_state is None:
        copied.set_params(random_state=random_state)
    return copied


_threads: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""The thread in which a function gave a learner."""


def _check_is_of_this_thread(learner: Any) -> None:
    """Raise if a function gives one learner in two threads, each of which fits it anew."""
    here = threading.get_ident()
    if isinstance(learner, MetaLearner) and _threads.setdefault(learner, here) != here:
        raise InvalidInput(
            "A function in 'learners' gave the same object to two replications in different "
            "threads, whose fits overwrite each other. Make the learner within the function, or a "
            "copy of it, by sklearn.base.clone before its fit or copy.copy after it."
        )
