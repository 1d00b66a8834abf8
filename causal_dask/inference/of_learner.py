"""The scores that a question is put to: those passed, or a learner's own."""

from __future__ import annotations

from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.fitted.scores import Scores


def ate_scores(learner: Any, *, with_bias: bool = False) -> Scores:
    """The scores of the ATE of a fitted learner, of its training rows, or those that are passed."""
    found = learner if isinstance(learner, Scores) else _scores_of(learner, with_bias)
    if found.estimand != "ATE":
        raise InvalidInput(f"The scores must be of the ATE. Got those of {found.estimand}.")
    if with_bias and found.bias is None:
        raise InvalidInput("The scores do not have what is needed. Use scores(with_bias=True).")
    return found


def _scores_of(learner: Any, with_bias: bool) -> Scores:
    if not callable(getattr(learner, "scores", None)):
        raise InvalidType(
            f"'learner' must be a fitted learner or its scores. Got {type(learner).__name__}."
        )
    found = learner.scores(with_bias=with_bias)
    assert isinstance(found, Scores)  # noqa: S101 - what a learner's scores are
    return found
