"""Which fold holds a row out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.tasks.folds import assign_folds, assign_grouped_folds, held_out


@given(st.lists(st.integers(4, 30), min_size=1, max_size=4), st.integers(2, 4), st.integers(0, 99))
@settings(deadline=None)
def test_folds_are_a_partition_with_about_the_same_share_of_every_stratum(sizes, n_folds, seed):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    folds = assign_folds(strata, n_folds, seed)
    assert set(folds) == set(range(n_folds))
    counts = [np.bincount(folds[strata == k], minlength=n_folds) for k in range(len(sizes))]
    assert all(np.ptp(count) <= 1 for count in counts)


def test_folds_depend_on_the_seed_alone():
    strata = np.arange(40) % 2
    one, same, other = (assign_folds(strata, 4, seed) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_one_fold_holds_every_row():
    assert assign_folds(np.arange(6) % 2, 1, 0).tolist() == [0] * 6


def test_folds_take_four_bytes_a_row():
    assert assign_folds(np.zeros(4), 2, 0).dtype == np.int32


@pytest.mark.parametrize("fold", [0, 1])
def test_the_rows_held_out_are_those_of_the_fold_in_order(fold):
    assert held_out(np.array([1, 0, 1, 0]), fold).tolist() == [[1, 3], [0, 2]][fold]


def test_a_giant_group_leaves_the_other_folds_balanced():
    sizes = np.concatenate([[3_000], np.ones(1_500, dtype=int), np.full(500, 9)])
    groups = np.repeat(np.arange(len(sizes)), sizes)
    folds = assign_grouped_folds(np.zeros_like(groups), groups, 3, seed=0)
    # 9,000 rows in three folds, the first filled by the giant
    assert np.bincount(folds).tolist() == [3_000, 3_000, 3_000]


def test_many_groups_of_distinct_sizes_are_dealt_otherwise_by_another_seed():
    groups = np.repeat(np.arange(1_101), np.arange(1, 1_102))
    one, other = (assign_grouped_folds(np.zeros_like(groups), groups, 2, seed) for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert np.ptp(np.bincount(one)) < 0.01 * len(groups)  # the last groups have few rows
