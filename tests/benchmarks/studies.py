"""The data that learners are measured on: nonlinear effects, confounding, 20 covariates."""

from functools import lru_cache

from causal_dask.datasets import make_study

N_FEATURES = 20


@lru_cache(maxsize=2)
def study_of(n_rows, n_variants=2):
    """X, y and w of so many rows; always the same."""
    study = make_study(
        n_rows, n_features=N_FEATURES, n_variants=n_variants, effect="nonlinear", random_state=0
    )
    return study.X, study.y, study.w
