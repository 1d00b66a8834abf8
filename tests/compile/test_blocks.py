"""New rows are predicted in blocks when they are many, and written by the workers if asked."""

import re
from functools import partial

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression

from causal_dask import InvalidInput, SLearner, TLearner
from causal_dask.compile import blocks
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(300, n_variants=3, random_state=0)
NEW = np.ascontiguousarray(STUDY.X[:95] + 1)


@pytest.fixture
def short_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "ROWS_PER_BLOCK", 20)


def t_learner(**parameters):
    return TLearner(
        nuisance_model_factory=LinearRegression, n_folds=2, random_state=0, **parameters
    )


TABLES = {
    "array": lambda X: X,
    "pandas": lambda X: pd.DataFrame(X, columns=list("abcdef")),
    "polars": lambda X: pl.DataFrame(X, schema=list("abcdef")),
    "sparse": sp.csr_matrix,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("method", ["overall", "mean"])
def test_predictions_in_blocks_are_those_of_all_rows(table, method, monkeypatch):
    learner = t_learner().fit(table(STUDY.X), STUDY.y, STUDY.w)
    whole = learner.predict(table(NEW), oos_method=method)
    monkeypatch.setattr(blocks, "ROWS_PER_BLOCK", 20)
    assert np.allclose(learner.predict(table(NEW), oos_method=method), whole, rtol=1e-12)


def test_new_rows_are_scored_in_blocks_with_their_own_variants(short_blocks):
    learner = learner_of(SLearner, n_folds=2)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    parts = dd.from_pandas(pd.DataFrame(NEW, columns=list("abcdef")), npartitions=3)
    named = learner.evaluate(NEW, STUDY.y[:95], STUDY.w[:95], is_oos=True)
    frames = learner.fit(pd.DataFrame(STUDY.X, columns=list("abcdef")), STUDY.y, STUDY.w)
    assert frames.evaluate(parts, STUDY.y[:95], STUDY.w[:95]) == pytest.approx(named)


@pytest.mark.parametrize(("n_rows", "n_blocks"), [(50_000, 1), (50_001, 2), (200_001, 5)])
def test_long_tables_have_blocks_of_about_equal_length(n_rows, n_blocks):
    found = blocks.ranges(n_rows)
    lengths = [stop - start for start, stop in found]
    assert len(found) == n_blocks
    assert sum(lengths) == n_rows
    assert max(lengths) - min(lengths) <= 1


dr_learner = partial(learner_of, n_folds=2)


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("X", [NEW, STUDY.X], ids=["new rows", "training rows"])
def test_what_the_workers_write_is_what_predict_returns(X, repeats, short_blocks, tmp_path):
    learner = dr_learner(n_repeats=repeats).fit(STUDY.X, STUDY.y, STUDY.w)
    folder = learner.predict_to_parquet(X, tmp_path / "effects")
    found = pd.read_parquet(folder)
    assert len(list(folder.iterdir())) == -(-len(X) // 20)
    assert np.array_equal(found, learner.predict(X)[:, :, 0])
    assert (
        found.columns.tolist() == learner.set_output(transform="pandas").predict(X).columns.tolist()
    )


def test_partitions_are_written_one_by_one(tmp_path):
    frame = pd.DataFrame(STUDY.X, columns=list("abcdef"))
    learner = t_learner().fit(frame, STUDY.y, STUDY.w)
    parts = dd.from_pandas(frame[:95] + 1, npartitions=3)
    folder = learner.predict_to_parquet(parts, tmp_path / "effects")
    assert len(list(folder.iterdir())) == 3
    assert np.array_equal(pd.read_parquet(folder), learner.predict(parts)[:, :, 0])


def test_effects_are_not_written_over_what_is_there(tmp_path):
    (tmp_path / "notes.txt").touch()
    learner = t_learner().fit(STUDY.X, STUDY.y, STUDY.w)
    said = (
        f"There is something in the 'folder' {str(tmp_path)!r}. "
        "Pass one that does not exist, or is empty."
    )
    with pytest.raises(InvalidInput, match=f"^{re.escape(said)}$"):
        learner.predict_to_parquet(NEW, tmp_path)
