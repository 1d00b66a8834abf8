"""Random tables, labels, learners, folds and weights against plain NumPy and scikit-learn.

Every table holds the same numbers, whatever it is; so does the reference, which knows only arrays.
"""

from dataclasses import dataclass
from typing import Any

import dask
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from causal_dask import DRLearner, RALearner, SLearner, TLearner

NAMES = ["x", "y z", "é"]
TABLES = {
    "array": lambda X: X,
    "Fortran order": np.asfortranarray,
    "list": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES[: X.shape[1]]),
    "pandas, numbered": pd.DataFrame,
    "nullable": lambda X: pd.DataFrame(X, columns=NAMES[: X.shape[1]]).convert_dtypes(),
    "objects": lambda X: X.astype(object),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES[: X.shape[1]]),
    "arrow": lambda X: pa.table(dict(zip(NAMES, X.T, strict=False))),
    "sparse": sp.csr_matrix,
}
OF_ANY_DTYPE = {"array", "Fortran order", "pandas", "pandas, numbered", "sparse"}
DTYPES = [np.float64, np.float32, np.int64, np.int8, bool]
LABELS = {  # control first, then the treatments in order
    "numbers": (lambda w: w, None),
    "floats": (lambda w: w.astype(float), None),
    "words": (lambda w: np.array(["none", "high", "low"])[w], "none"),
    "categories": (lambda w: pd.Categorical.from_codes(w, ["c", "a", "b"]), "c"),
    "other numbers": (lambda w: np.array([5, 3, 4])[w], 5),
}
COLUMNS = {
    "array": lambda y: y,
    "list": lambda y: y.tolist(),
    "objects": lambda y: y.astype(object),
    "polars": pl.Series,
    "one column": lambda y: y[:, None],
}


@dataclass(frozen=True)
class Plain:
    """A learner of ridge regressions in plain arrays, propensities known and equal."""

    cls: Any
    X: Any
    y: Any
    w: Any
    weights: Any
    folds: Any

    @property
    def treatments(self):
        return np.arange(1, self.w.max() + 1)

    def seen(self, without):
        return np.ones(len(self.y), dtype=bool) if without is None else self.folds != without

    def ridge(self, X, y, rows, new):
        return Ridge().fit(X[rows], y[rows], sample_weight=self.weights[rows]).predict(new)

    def outcome(self, without, k, new):
        """E[Y | X, W = k] by the model without a fold, or on all rows."""
        if self.cls is not SLearner:
            return self.ridge(self.X, self.y, self.seen(without) & (self.w == k), new)
        wide = np.column_stack([self.X, self.w[:, None] == self.treatments])
        asked = np.column_stack([new, np.tile(k == self.treatments, (len(new), 1))])
        return self.ridge(wide, self.y, self.seen(without), asked)

    def pseudo_outcome(self, k):
        """Of each row, by the models that held it out."""
        found, e = np.zeros(len(self.y)), 1 / (len(self.treatments) + 1)
        for fold in np.unique(self.folds):
            held = self.folds == fold
            y, w = self.y[held], self.w[held]
            mu_0, mu_k = (self.outcome(fold, variant, self.X[held]) for variant in (0, k))
            adjusted = np.where(w == k, y - mu_0, mu_k - y)
            score = mu_k - mu_0 + (w == k) * (y - mu_k) / e - (w == 0) * (y - mu_0) / e
            found[held] = adjusted if self.cls is RALearner else score
        return found

    def effects(self, without, new):
        return np.column_stack([self.effect(without, k, new) for k in self.treatments])

    def effect(self, without, k, new):
        if self.cls in (SLearner, TLearner):
            return self.outcome(without, k, new) - self.outcome(without, 0, new)
        own = (self.w == 0) | (self.w == k) | (self.cls is DRLearner)
        return self.ridge(self.X, self.pseudo_outcome(k), self.seen(without) & own, new)

    def cross_fitted(self):
        found = np.zeros((len(self.y), len(self.treatments)))
        for fold in np.unique(self.folds):
            found[self.folds == fold] = self.effects(fold, self.X[self.folds == fold])
        return found


def numbers(rng, shape, dtype):
    if dtype is bool:
        return rng.random(shape) < 0.5
    return (rng.normal(size=shape) * (20 if np.dtype(dtype).kind == "i" else 1)).astype(dtype)


def study_of(rng, cls, dtype, sizes, is_weighted):
    """A study whose variants all have rows in every fold."""
    n_variants, n_folds, n_columns = sizes
    n = n_folds * n_variants * 8
    X = numbers(rng, (n, n_columns), dtype)
    w, folds = rng.permutation(np.arange(n) % n_variants), np.zeros(n, dtype=int)
    for k in range(n_variants):
        folds[w == k] = rng.permutation(np.arange((w == k).sum()) % n_folds)
    y = X[:, 0] + w + rng.normal(size=n)
    return X, Plain(cls, X.astype(float), y, w, rng.uniform(0.5, 2, n) ** is_weighted, folds)


@pytest.mark.filterwarnings("ignore::causal_dask.TrainingRows")
@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cls=st.sampled_from([SLearner, TLearner, RALearner, DRLearner]),
    table=st.sampled_from(sorted(TABLES)),
    dtype=st.sampled_from(DTYPES),
    labels=st.sampled_from(sorted(LABELS)),
    column=st.sampled_from(sorted(COLUMNS)),
    sizes=st.tuples(st.integers(2, 3), st.integers(2, 4), st.integers(1, 3)),
    is_weighted=st.booleans(),
    asked=st.sampled_from(["all rows", "some rows", "new rows", "another dtype"]),
)
def test_effects_are_those_of_plain_arrays(  # noqa: PLR0913 - what is drawn
    seed, cls, table, dtype, labels, column, sizes, is_weighted, asked
):
    rng = np.random.default_rng(seed)
    X, plain = study_of(rng, cls, dtype, sizes, is_weighted)
    make, (label, control) = TABLES[table], LABELS[labels]
    more = {"propensities": [1 / sizes[0]] * sizes[0]} if cls is DRLearner else {}
    more |= {"sample_weight": plain.weights} if is_weighted else {}
    exact = Ridge(tol=1e-12)  # sparse matrices are solved by iteration
    learner = cls(nuisance_model_factory=exact, treatment_model_factory=exact, control=control)
    new = {"some rows": X[: len(X) // 2], "new rows": numbers(rng, (7, sizes[2]), dtype)}.get(asked)
    with dask.config.set(scheduler="synchronous"):
        learner.fit(make(X), COLUMNS[column](plain.y), label(plain.w), cv=plain.folds, **more)
        rows = make(X if new is None else new)
        if asked == "another dtype" and table in OF_ANY_DTYPE:
            rows = rows.astype(np.float64)
        effects = learner.predict(rows)[..., 0]
    expected = plain.cross_fitted() if new is None else plain.effects(None, new.astype(float))
    error = 1e-3 if dtype is np.float32 else 1e-6  # scikit-learn fits float32 in single precision
    np.testing.assert_allclose(effects, expected, rtol=error, atol=error)
