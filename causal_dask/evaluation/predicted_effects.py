"""The effects that a learner predicts, whatever kind of table its ``set_output`` asks for."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.fitted.output import effect_names, frame_of
from causal_dask.tasks.rows import Array


def predicted_effects(learner: MetaLearner, X: Any, *, is_oos: bool | None = None) -> Array:
    """Effects of shape (n_rows, n_variants - 1, n_outputs)."""
    predicted = nw.from_native(learner.predict(X, is_oos), pass_through=True)
    values = predicted.to_numpy() if isinstance(predicted, nw.DataFrame) else predicted
    n_treatments = len(fitted_state(learner).prepared.variants) - 1
    return np.asarray(values).reshape(len(values), n_treatments, -1)


def effect_frame(learner: MetaLearner, X: Any) -> pd.DataFrame:
    """The same as a frame with a column for each contrast and class."""
    prepared = fitted_state(learner).prepared
    names = effect_names(prepared.variants, prepared.classes)
    frame: pd.DataFrame = frame_of(predicted_effects(learner, X), names, "pandas", X)
    return frame
