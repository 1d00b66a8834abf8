"""Covariates of the most and the least affected, against two groups compared by hand."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from causal_dask import InvalidInput, JudgedEffects, Scores, clan
from tests.inference.judged_studies import judged_of

RNG = np.random.default_rng(0)
EFFECTS = RNG.normal(size=200)
VALUES = EFFECTS + RNG.normal(size=200)
JUDGED = JudgedEffects(EFFECTS, Scores(VALUES[None, :, None], ("none", "some")))
X = pd.DataFrame({
    "age": EFFECTS + RNG.normal(size=200),
    "noise": RNG.normal(size=200),
    "town": np.where(EFFECTS + RNG.normal(size=200) > 0, "Rome", "Oslo"),
})  # fmt: skip


def test_differences_are_those_of_two_groups():
    table = clan(JUDGED, X, share=0.25).to_frame()
    order = np.argsort(EFFECTS)
    least, most = X.iloc[order[:50]], X.iloc[order[-50:]]
    row = table.loc[("age", "some")]
    assert np.isclose(row["most_affected"], most["age"].mean())
    assert np.isclose(row["least_affected"], least["age"].mean())
    assert np.isclose(row["estimate"], most["age"].mean() - least["age"].mean())
    welch = np.sqrt(most["age"].var() / 50 + least["age"].var() / 50)
    assert 1 < row["standard_error"] / welch < 1.25  # the bounds of the groups are estimated
    assert np.isclose(
        table.loc[("town_Rome", "some"), "most_affected"], (most["town"] == "Rome").mean()
    )


def test_p_values_are_holms_where_effects_differ():
    found = clan(JUDGED, X)
    assert found.no_heterogeneity[0] < 1e-6
    expected = multipletests(found.p_value, method="holm")[1]
    np.testing.assert_allclose(
        found.adjusted_p_value, np.maximum(expected, found.no_heterogeneity[0])
    )


def test_where_effects_do_not_differ_no_difference_counts():
    noise = RNG.normal(size=200)
    judged = JudgedEffects(EFFECTS, Scores(noise[None, :, None], (0, 1)))
    found = clan(judged, X)
    assert found.p_value[0] < 1e-6
    assert (found.adjusted_p_value >= found.no_heterogeneity[0]).all()


def test_missing_values_are_left_out():
    holes = X.assign(age=np.where(np.arange(200) % 7 == 0, np.nan, X["age"]))
    table = clan(JUDGED, holes).to_frame()
    order = np.argsort(EFFECTS)
    assert np.isclose(
        table.loc[("age", "some"), "most_affected"], holes["age"].iloc[order[-40:]].mean()
    )


def test_parts_and_treatments():
    judged = judged_of(n_variants=3)
    covariates = np.random.default_rng(1).normal(size=(600, 2))
    found = clan(judged, covariates)
    assert found.index.tolist() == [("x0", 1), ("x0", 2), ("x1", 1), ("x1", 2)]
    each = []
    for part in judged.parts()[0]:
        order, own = np.argsort(part.effects[:, 0]), covariates[part.rows, 0]
        each.append(own[order[-30:]].mean() - own[order[:30]].mean())
    assert np.isclose(found.estimate[0], np.mean(each))


@pytest.mark.parametrize("share", [0.0, 0.6, 1, "half"])
def test_shares_out_of_range_are_refused(share):
    with pytest.raises(InvalidInput, match="share"):
        clan(JUDGED, X, share)


def test_covariates_of_other_rows_are_refused():
    with pytest.raises(InvalidInput, match="'X' has 100 rows"):
        clan(JUDGED, X.iloc[:100])
