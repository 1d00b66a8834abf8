"""The same analysis of many tables: as each alone, in one graph, side by side and pooled."""

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from scipy import stats

from causal_dask import ATEResult, CausalDaskWarning, EachFitted, InvalidInput, RALearner, fit_each
from causal_dask.datasets import make_study
from causal_dask.errors import InvalidType
from causal_dask.estimators.pooled_estimates import pool
from tests.catalogue import learner_of

STUDY = make_study(600, n_variants=3, effect="constant", random_state=0)
SITE = np.array(["west", "east", "north"])[np.arange(600) % 3]
FRAME = pd.DataFrame(STUDY.X[:, :3], columns=["a", "b", "c"]).assign(site=SITE)


def tables():
    return {
        name: (STUDY.X[name == SITE], STUDY.y[name == SITE], STUDY.w[name == SITE])
        for name in ("west", "east", "north")
    }


@pytest.fixture(scope="module")
def found():
    return fit_each(learner_of(), tables())


def test_each_table_is_fitted_as_it_would_be_alone(found):
    for name, data in tables().items():
        alone = learner_of().fit(*data)
        assert np.array_equal(found.learners[name].predict(data[0]), alone.predict(data[0]))
        ate = alone.average_treatment_effect()
        rows = found.estimates.query("table == @name")
        assert rows["estimate"].to_numpy() == pytest.approx(ate.estimate)
        assert rows[["lower", "upper"]].to_numpy() == pytest.approx(ate.interval())


@pytest.mark.parametrize("by", [SITE, pd.Series(SITE), SITE.tolist()])
def test_rows_are_grouped_by_an_array(found, by):
    grouped = fit_each(learner_of(), STUDY.X, STUDY.y, STUDY.w, by=by)
    pd.testing.assert_frame_equal(grouped.estimates, found.estimates)


WEIGHTS = np.random.default_rng(0).integers(1, 4, 600)
BY_ROW = {
    "sample_weight": WEIGHTS,
    "groups": pd.Series(np.arange(600) // 6),
    "cv": (np.arange(600) // 6 % 2).reshape(-1, 1),
    "propensities": np.random.default_rng(0).dirichlet([9, 9, 9], 600),
}


def test_arguments_with_an_entry_per_row_are_split_with_the_rows():
    grouped = fit_each(learner_of(), STUDY.X, STUDY.y, STUDY.w, by=SITE, **BY_ROW)
    for name, data in tables().items():
        own = {argument: np.asarray(values)[name == SITE] for argument, values in BY_ROW.items()}
        alone = learner_of().fit(*data, **own)
        assert np.array_equal(grouped.learners[name].predict(data[0]), alone.predict(data[0]))


def test_fit_parameters_with_an_entry_per_row_are_split_too():
    params, given = {"sample_weight": WEIGHTS.tolist()}, (STUDY.X, STUDY.y, STUDY.w)
    by_parameter = fit_each(learner_of(RALearner), *given, by=SITE, fit_params=params)
    by_argument = fit_each(learner_of(RALearner), *given, by=SITE, sample_weight=WEIGHTS)
    X = tables()["west"][0]
    one, other = (each.learners["west"].predict(X) for each in (by_parameter, by_argument))
    assert np.allclose(one, other)


def test_entries_of_rows_that_cannot_be_split_are_refused():
    rows = (STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(
        InvalidInput, match="'sample_weight' must have an entry for each of the 600"
    ):
        fit_each(learner_of(), *rows, by=SITE, sample_weight=WEIGHTS[:200])
    shuffled = pd.Series(WEIGHTS).sample(frac=1, random_state=0)
    with pytest.raises(InvalidInput, match="indices of 'by' and 'groups' differ"):
        fit_each(learner_of(), *rows, by=pd.Series(SITE), groups=shuffled)
    for name, values in BY_ROW.items():
        with pytest.raises(InvalidInput, match=f"'{name}' has entries of rows, and a dict"):
            fit_each(learner_of(), tables(), **{name: values[:200]})


def test_a_column_that_names_tables_is_no_covariate():
    by_name = fit_each(learner_of(), FRAME, STUDY.y, STUDY.w, by="site")
    by_array = fit_each(learner_of(), FRAME.drop(columns="site"), STUDY.y, STUDY.w, by=SITE)
    pd.testing.assert_frame_equal(by_name.estimates, by_array.estimates)
    assert by_name.n_rows == {"west": 200, "east": 200, "north": 200}


def test_effects_are_pooled_treatment_by_treatment(found):
    pooled = found.average_effect(level=0.9)
    assert list(pooled.pooled["model"]) == ["fixed", "random"] * 2
    assert list(pooled.heterogeneity["variant"]) == [1, 2]
    own = pooled.estimates.query("variant == 1")
    weights = 1 / own["standard_error"] ** 2
    fixed = pooled.pooled.query("variant == 1 and model == 'fixed'").iloc[0]
    assert fixed["estimate"] == pytest.approx(np.average(own["estimate"], weights=weights))
    assert fixed["upper"] - fixed["estimate"] == pytest.approx(
        stats.norm.ppf(0.95) * weights.sum() ** -0.5
    )
    assert own["weight"].sum() == pytest.approx(1)
    random = pooled.pooled.query("variant == 1 and model == 'random'").iloc[0]
    assert random["upper"] - random["lower"] > fixed["upper"] - fixed["lower"]
    for text in (repr(pooled), pooled._repr_html_()):
        assert "random" in text
        assert "i2" in text


def test_tables_that_differ_are_told_apart():
    shifted = {
        name: (X, y + 3 * n * (w > 0), w) for n, (name, (X, y, w)) in enumerate(tables().items())
    }
    found = fit_each(learner_of(), shifted).average_effect()
    assert (found.heterogeneity["p_value"] < 1e-6).all()
    assert (found.heterogeneity["i2"] > 0.9).all()
    assert (found.heterogeneity["tau"] > 2).all()


def test_a_store_keeps_the_fits_of_all_tables(tmp_path):
    fit_each(learner_of(), tables(), store=tmp_path / "store")
    again = fit_each(learner_of(), tables(), store=tmp_path / "store")
    assert all((each.timings_["task"] == "load").any() for each in again.learners.values())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((STUDY.X, STUDY.y, STUDY.w), "'by' must say which table"),
        (({"one": (STUDY.X, STUDY.y, STUDY.w)},), "two tables or more"),
    ],
)
def test_what_cannot_be_used_is_told(arguments, told):
    with pytest.raises(InvalidInput, match=told):
        fit_each(learner_of(), *arguments)


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("town", "which 'X' does not have"),
        (SITE[:-1], "an entry for each row"),
        (np.where(SITE == "east", None, SITE), "missing for some rows"),
    ],
)
def test_groups_that_cannot_be_used_are_told(by, told):
    with pytest.raises(InvalidInput, match=told):
        fit_each(learner_of(), FRAME, STUDY.y, STUDY.w, by=by)


@pytest.mark.parametrize("table", [pl.DataFrame, pa.table, sp.csr_matrix, list])
def test_rows_of_any_table_in_memory_are_grouped(found, table):
    columns = {f"x{k}": STUDY.X[:, k] for k in range(STUDY.X.shape[1])}
    X = table(STUDY.X) if table in (sp.csr_matrix, list) else table(columns)
    grouped = fit_each(learner_of(), X, STUDY.y.tolist(), STUDY.w, by=SITE)
    pd.testing.assert_frame_equal(grouped.estimates, found.estimates, rtol=1e-8)


@pytest.mark.parametrize("name", ["by", "y", "w"])
def test_columns_in_another_order_are_refused(name):
    given = {"by": pd.Series(SITE), "y": pd.Series(STUDY.y), "w": pd.Series(STUDY.w)}
    given[name] = given[name].sample(frac=1, random_state=0)
    with pytest.raises(InvalidInput, match="The pandas indices of 'X' and"):
        fit_each(learner_of(), FRAME.drop(columns="site"), **given)


def test_rows_that_are_not_here_cannot_be_grouped(tmp_path):
    FRAME.to_parquet(tmp_path / "rows.parquet")
    for X in (tmp_path / "rows.parquet", dd.from_pandas(FRAME, npartitions=2)):
        with pytest.raises(InvalidInput, match="'by' splits the rows of 'X', which must be"):
            fit_each(learner_of(), X, "y", "w", by="site")


def test_the_table_with_an_error_is_named():
    broken = tables()
    broken["east"] = (broken["east"][0][:-1], *broken["east"][1:])
    with pytest.raises(InvalidInput) as raised:
        fit_each(learner_of(), broken)
    assert "in the table 'east'" in raised.value.__notes__
    with pytest.raises(InvalidType, match="not so 'west'"):
        fit_each(learner_of(), {"west": STUDY.X, "east": STUDY.X})
    with pytest.raises(InvalidType, match="'learner' must be a learner"):
        fit_each("DR", tables())


def test_effects_against_different_controls_are_not_pooled():
    labels = {"west": ["none", "drug"], "east": ["drug", "none"]}
    fitted = {
        name: learner_of(control=control).fit(
            X[w < 2], y[w < 2], np.array(["none", "drug"])[w[w < 2]]
        )
        for (name, (X, y, w)), (control, _) in zip(tables().items(), labels.values(), strict=False)
    }
    found = EachFitted(fitted, dict.fromkeys(fitted, 1))
    with pytest.raises(InvalidInput, match="different controls"):
        found.average_effect()


@pytest.mark.parametrize("variance", [0.0, np.nan])
def test_an_estimate_without_an_error_is_shown_but_not_pooled(variance):
    found = {
        name: ATEResult(np.array([estimate]), np.array([[error]]), (0, 1))
        for name, estimate, error in (("a", 1.0, 0.1), ("b", 9.0, variance), ("c", 2.0, 0.2))
    }
    with pytest.warns(CausalDaskWarning, match=r"tables \['b'\] have no standard error"):
        table = pool(found, dict.fromkeys(found, 1), 0.95)
    others = pool({name: found[name] for name in "ac"}, dict.fromkeys("ac", 1), 0.95)
    assert table.pooled.equals(others.pooled)
    assert table.estimates["estimate"].tolist() == [1, 9, 2]
    first, last = others.estimates["weight"]
    np.testing.assert_allclose(table.estimates["weight"], [first, 0, last])


def test_labels_that_are_equal_name_one_treatment():
    found = {
        name: ATEResult(np.array([1.0]), np.array([[0.1]]), variants)
        for name, variants in (("a", (0, 1)), ("b", (False, True)))
    }
    assert len(pool(found, {"a": 1, "b": 1}, 0.95).pooled) == 2
