"""One LightGBM dataset of all rows, of which every fit takes its subset.

A dataset holds a byte for most values, cut once. It is a file when it travels between processes.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from causal_dask.declared import task
from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.estimators import Jobs
from causal_dask.tasks.prepared.seen import BLOCK, Seen, in_pandas, names_of, numbers_of, seen_by
from causal_dask.tasks.rows import Array, Design

COMMON = {"data_random_seed": 1, "feature_pre_filter": False, "verbosity": -1}
"""What a dataset depends on besides its settings, set alike for it and for every fit.

Rows are sampled alike whatever the seed of a model, and columns that one fit cannot split on stay.
"""


ALIASES = ("verbose", "num_iterations", "n_jobs")
"""Names under which LightGBM's estimators pass on what is set here by its other name."""


QUIET = {"n_estimators": 1, "verbose": -1}
"""Parameters with which an estimator is fitted to a few rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A constructed dataset, and the parameters that it was constructed with."""

    content: Any
    settings: Mapping[str, Any]

    def fit(self, estimator: Any, seen: Seen, target: Array, extra: Mapping[str, Any]) -> Any:
        """The estimator, as its own ``fit`` leaves it, with a booster trained on a subset.

        ``fit`` of a few rows makes all its attributes, and the parameters that training gets.
        """
        sketch = _fitted_to_few(estimator, seen, target)
        parameters = _parameters(sketch, estimator, self.settings)
        classes = getattr(sketch, "_classes", None)
        subset = self.content.subset(seen.rows.astype(np.int32), params=parameters).construct()
        subset.set_label(target if classes is None else np.searchsorted(classes, target))
        subset.set_weight(extra.get("sample_weight"))
        train = importlib.import_module("lightgbm").train
        booster = train(parameters, subset, num_boost_round=estimator.n_estimators)
        vars(estimator).update(_learned(sketch, estimator), _Booster=booster.free_dataset())
        return estimator

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dataset.bin"
            self.content.save_binary(path)
            return _restored, (path.read_bytes(), self.settings)


@task("dataset", version=2)
def make_dataset(
    X: Any, design: Design, n_sampled: int, w: Array | None = None, jobs: Jobs = (), **settings: Any
) -> Dataset | None:
    """The dataset of the columns that a model sees; None if some hold no plain numbers."""
    lightgbm = importlib.import_module("lightgbm")
    seen = seen_by(X, design, np.arange(X.shape[0]), w)
    if numbers_of(seen.block(0, 1)) is None:
        return None
    columns = names_of(seen.first(lightgbm.LGBMRegressor())) or []
    asked = {**COMMON, **settings, "subsample_for_bin": n_sampled}
    asked |= {"num_threads": max((count for _, count in jobs), default=1)}
    whole = _without_copy(X, design)
    rows = _sequence(lightgbm, seen) if whole is None else whole
    # every subset gets labels of its own, but LightGBM takes none of a dataset without any
    label = np.zeros(X.shape[0], dtype=np.float32)
    made = lightgbm.Dataset(
        rows, label, feature_name=list(map(str, columns)) or "auto", params=asked
    ).construct()
    made.data = None  # the rows are no longer needed
    return Dataset(made, asked)


def _without_copy(X: Any, design: Design) -> Array | None:
    """The columns that a model sees as one array, if a table has them as one already."""
    if design != Design() or not isinstance(X, np.ndarray | pd.DataFrame):
        return None
    one = isinstance(X, np.ndarray) or len(set(X.dtypes)) == 1
    return numbers_of(X, X.dtypes.iloc[0] if hasattr(X, "dtypes") else X.dtype) if one else None


def _sequence(lightgbm: Any, seen: Seen) -> Any:
    """Rows as LightGBM reads them: by ranges, or one by one in ascending order.

    The class is made here, since LightGBM may be missing.
    """
    held: dict[int, Array] = {}

    def block(number: int) -> Array:
        if number not in held:
            held.clear()
            held[number] = seen.numbers(number * BLOCK, (number + 1) * BLOCK)
        return held[number]

    class Rows(lightgbm.Sequence):
        batch_size = BLOCK

        def __len__(self) -> int:
            return len(seen.rows)

        def __getitem__(self, index: Any) -> Array:
            if isinstance(index, slice):
                return seen.numbers(index.start, index.stop)
            return block(int(index) // BLOCK)[int(index) % BLOCK]

    return Rows()


def _fitted_to_few(estimator: Any, seen: Seen, target: Array) -> Any:
    """The estimator fitted to a few rows with one tree."""
    asked = {name: v for name, v in estimator.get_params().items() if name != "verbosity"}
    sketch, few = type(estimator)(**{**asked, **QUIET}), _few_rows(estimator, target)
    sketch.fit(named_for(sketch, in_pandas(seen.at(few))), target[few])
    return sketch


def _parameters(sketch: Any, estimator: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a booster is trained with: as the estimator's ``fit`` has it, and as the dataset is."""
    trained = {k: v for k, v in sketch.booster_.params.items() if k not in ALIASES}
    given = estimator.get_params()
    verbosity = given.get("verbosity", given.get("verbose", 1))
    return {**trained, **settings, "num_threads": estimator.n_jobs, "verbosity": verbosity}


def _learned(sketch: Any, estimator: Any) -> dict[str, Any]:
    """The attributes that a fit has given to an estimator, and that are no parameters."""
    own = {*estimator.get_params(), *QUIET, "_other_params"}
    return {name: value for name, value in vars(sketch).items() if name not in own}


def _few_rows(estimator: Any, target: Array) -> Array:
    """Positions of rows of each class, or of those with the least and the greatest target.

    In ascending order, as partitions give rows.
    """
    first = np.unique(target, return_index=True)[1]
    # scikit-learn warns of classes that are as many as rows
    return np.sort(np.repeat(first, 3) if is_classifier(estimator) else first[[0, -1]])


def _restored(content: bytes, settings: Mapping[str, Any]) -> Dataset:
    """A dataset that has travelled as a file."""
    lightgbm = importlib.import_module("lightgbm")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.bin"
        path.write_bytes(content)
        return Dataset(lightgbm.Dataset(path, params=dict(settings)).construct(), settings)
