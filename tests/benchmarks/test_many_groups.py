"""Folds of a million rows in 200,000 groups take seconds, are balanced and keep groups whole."""

import time

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import TLearner

N_ROWS, N_GROUPS, N_FOLDS = 1_000_000, 200_000, 5
SHARES = [0.6, 0.3, 0.1]

EVEN = np.repeat(np.arange(N_GROUPS), N_ROWS // N_GROUPS)


def uneven():
    """Most groups have a row or two, the largest a thousand or so."""
    rng = np.random.default_rng(0)
    appeal = rng.lognormal(sigma=1.5, size=N_GROUPS)
    more = rng.choice(N_GROUPS, N_ROWS - N_GROUPS, p=appeal / appeal.sum())
    return np.concatenate([np.arange(N_GROUPS), more])


GROUPS = {
    "five rows each": EVEN,
    "five rows in any order": np.random.default_rng(0).permutation(EVEN),
    "of uneven sizes": uneven(),
}


def study_of(groups, treated):
    """Covariates, outcomes and variants, which are drawn for each row or for each group."""
    rng = np.random.default_rng(1)
    w = rng.choice(3, N_ROWS if treated == "by row" else N_GROUPS, p=SHARES)
    return (
        rng.normal(size=(N_ROWS, 1)),
        rng.normal(size=N_ROWS),
        w[groups] if len(w) < N_ROWS else w,
    )


def planned(data, groups):
    """The fold of each row, and the seconds that the whole plan took to make."""
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=N_FOLDS, random_state=0)
    start = time.perf_counter()
    plan = learner.plan(*data, groups=groups)
    seconds = time.perf_counter() - start
    (folds,) = (source.value for key, source in plan.nodes.items() if key.startswith("folds-"))
    return folds, seconds


@pytest.mark.parametrize("treated", ["by row", "by group"])
@pytest.mark.parametrize("groups", GROUPS.values(), ids=GROUPS)
def test_many_groups_are_dealt_out_whole_and_in_balance(groups, treated):
    data = study_of(groups, treated)
    folds, seconds = planned(data, groups)
    print(f"\n{N_ROWS:,} rows in {N_GROUPS:,} groups, treated {treated}: {seconds:.2f} s")
    first = folds[np.unique(groups, return_index=True)[1]]
    assert np.array_equal(first[groups], folds)
    rows = np.bincount(folds, minlength=N_FOLDS)
    np.testing.assert_allclose(rows, N_ROWS / N_FOLDS, rtol=0.02)
    for variant in range(3):
        share = np.bincount(folds[data[2] == variant], minlength=N_FOLDS) / rows
        np.testing.assert_allclose(share, np.mean(data[2] == variant), atol=0.02)
