"""Average effects of the treated, the controls, the overlap population, and groups of rows."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import CausalDaskWarning, DRLearner, InvalidInput, Scores, XLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of, with_score

THREE = make_study(600, n_variants=3, random_state=0)
TWO = make_study(600, random_state=0)
WEIGHTS = np.linspace(0.5, 1.5, 600)
CLUSTERS = np.arange(600) // 4
PLACES = np.array(["north", "south", "west"])[np.arange(600) % 3]


def fitted(cls=DRLearner, study=TWO, given=None, **parameters):
    return learner_of(cls, **parameters).fit(study.X, study.y, study.w, **(given or {}))


def parts(learner, study, k, estimand):
    """Scores and shares of one contrast, row by row."""
    outcomes = learner.predict_conditional_average_outcomes(study.X)[..., 0]
    e = learner.propensity_scores()
    found = []
    for y, w, mu, e_row in zip(study.y, study.w, outcomes, e, strict=True):
        clipped = e_row.clip(0.02 / len(e_row), 1 - 0.02 / len(e_row))
        if estimand == "ATT":
            score = {k: y - mu[0], 0: -clipped[k] / clipped[0] * (y - mu[0])}.get(w, 0.0)
            found.append((score, w == k))
        elif estimand == "ATC":
            score = {k: clipped[0] / clipped[k] * (y - mu[k]), 0: mu[k] - y}.get(w, 0.0)
            found.append((score, w == 0))
        else:
            share = e_row[k] / (e_row[0] + e_row[k])
            weight = {k: (1 - share) ** 2, 0: share**2}.get(w, 0.0)
            residual = {k: (1 - share) * (y - mu[k]), 0: -share * (y - mu[0])}.get(w, 0.0)
            found.append((weight * (mu[k] - mu[0]) + residual, weight))
    return np.array(found).T


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATO"])
@pytest.mark.parametrize("cls", with_score(3))
def test_estimates_are_those_of_the_formulas(cls, estimand, weighted):
    given = {"sample_weight": WEIGHTS} if weighted else {}
    learner = fitted(cls, THREE, given)
    s = WEIGHTS if weighted else np.ones(600)
    effect = learner.average_treatment_effect(estimand=estimand)
    assert effect.estimand == estimand
    for k in (1, 2):
        score, share = parts(learner, THREE, k, estimand)
        estimate = (s @ score) / (s @ share)
        influence = s * (score - estimate * share) / (s @ share)
        assert np.isclose(effect.estimate[k - 1], estimate)
        assert np.isclose(effect.standard_error[k - 1], np.sqrt((influence**2).sum()))


@pytest.mark.parametrize("cls", with_score(2))
def test_the_average_effect_is_that_of_treated_and_controls_together(cls):
    learner = fitted(cls)
    by = {name: learner.average_treatment_effect(estimand=name) for name in ("ATE", "ATT", "ATC")}
    share = TWO.w.mean()
    together = share * by["ATT"].estimate + (1 - share) * by["ATC"].estimate
    assert learner.n_clipped_ == 0
    np.testing.assert_allclose(by["ATE"].estimate, together)


def test_each_estimand_finds_the_effect_of_its_population():
    study = make_study(20_000, effect="linear", random_state=3)
    learner = fitted(XLearner, study)
    e = study.propensities[:, 1]
    populations = {"ATE": np.ones(20_000), "ATT": e, "ATC": 1 - e, "ATO": e * (1 - e)}
    for estimand, weights in populations.items():
        truth = np.average(study.effects[:, 0], weights=weights)
        estimate, error = learner.average_treatment_effect(estimand=estimand)
        assert abs(estimate[0] - truth) < 4 * error[0], estimand


def test_new_rows_have_estimands_too():
    new = make_study(200, random_state=9)
    effect = fitted().average_treatment_effect(new.X, new.y, new.w, estimand="ATT")
    score = fitted().scores(new.X, new.y, new.w, estimand="ATT")
    assert score.values.shape == score.shares.shape == (1, 200, 1)
    np.testing.assert_allclose(effect.estimate, score.values.sum() / score.shares.sum())


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATO"])
@pytest.mark.parametrize("repeats", [1, 3])
def test_effects_of_groups_are_those_of_their_rows(estimand, repeats):
    learner = fitted(study=THREE, given={"sample_weight": WEIGHTS}, n_repeats=repeats)
    found = learner.average_treatment_effect(estimand=estimand, by=PLACES)
    assert found.labels == ("north", "south", "west")
    assert found.n_rows.tolist() == [200, 200, 200]
    scores = learner.scores(estimand=estimand)
    table = found.to_frame()
    for place in found.labels:
        rows = place == PLACES
        shares = None if scores.shares is None else scores.shares[:, rows]
        alone = Scores(
            scores.values[:, rows], scores.variants, WEIGHTS[rows], shares=shares,
            estimand=estimand,
        ).average_effect()  # fmt: skip
        np.testing.assert_allclose(table.loc[place, "estimate"], alone.estimate)
        if repeats == 1:  # medians of covariance matrices are of the whole matrix
            np.testing.assert_allclose(table.loc[place, "standard_error"], alone.standard_error)


def test_groups_that_share_clusters_are_not_independent():
    learner = fitted(given={"groups": CLUSTERS})
    found = learner.average_treatment_effect(by=PLACES)
    values = learner.scores().values[0, :, 0]
    influence = np.zeros((150, 3))
    for g, place in enumerate(found.labels):
        rows = place == PLACES
        left = rows.sum() - np.bincount(CLUSTERS, rows)
        centred = rows * (values - values[rows].mean())
        influence[:, g] = np.bincount(CLUSTERS, centred) / left
    np.testing.assert_allclose(found.covariance, 149 / 150 * influence.T @ influence)
    difference = found.between("south", "north")
    contrast = np.array([-1.0, 1.0, 0.0])
    np.testing.assert_allclose(difference.estimate, contrast @ found.estimate)
    np.testing.assert_allclose(difference.covariance[0, 0], contrast @ found.covariance @ contrast)


def test_simultaneous_intervals_are_wider_than_each_alone():
    found = fitted(study=THREE).average_treatment_effect(by=PLACES)
    alone, together = found.to_frame(), found.to_frame(simultaneous=True)
    assert (together["upper"] > alone["upper"]).all()
    assert "south" in repr(found)
    assert "<table" in found._repr_html_()


def test_target_weights_are_those_of_the_population():
    learner = fitted(study=THREE, given={"sample_weight": WEIGHTS})
    values, weights = learner.scores().values[0], np.exp(THREE.X[:, 0])
    effect = learner.average_treatment_effect(target_weights=weights)
    expected = np.average(values, axis=0, weights=WEIGHTS * weights)
    np.testing.assert_allclose(effect.estimate, expected)
    influence = (WEIGHTS * weights)[:, None] * (values - expected) / (WEIGHTS @ weights)
    np.testing.assert_allclose(effect.covariance, influence.T @ influence)
    only = learner.average_treatment_effect(target_weights=(PLACES == "west").astype(float))
    west = learner.average_treatment_effect(by=PLACES).to_frame().loc["west"]
    np.testing.assert_allclose(only.estimate, west["estimate"])
    np.testing.assert_allclose(only.standard_error, west["standard_error"])


@pytest.mark.filterwarnings("ignore:Some groups")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"estimand": "LATE"}, "'estimand' must be one of ['ATE', 'ATT', 'ATC', 'ATO']"),
        ({"by": PLACES[:10]}, "'by' has 10 entries, but there are 600 rows"),
        ({"by": np.where(PLACES == "west", None, PLACES)}, "'by' has 200 missing"),
        ({"target_weights": np.ones(3)}, "'target_weights' must have a finite number"),
        ({"target_weights": -np.ones(600)}, "'target_weights' must have a finite number"),
        ({"target_weights": np.zeros(600)}, "'target_weights' are all 0"),
        ({"target_weights": np.ones(600), "estimand": "ATT"}, "'target_weights' are for estimand"),
    ],
)
def test_bad_arguments_are_told(asked, said):
    with pytest.raises(InvalidInput) as error:
        fitted().average_treatment_effect(**asked)
    assert said in str(error.value)


def test_groups_of_categories_keep_their_order():
    order = ["west", "empty", "north", "south"]
    found = fitted().average_treatment_effect(by=pd.Categorical(PLACES, categories=order))
    plain = fitted().average_treatment_effect(by=PLACES).to_frame()
    assert found.labels == ("west", "north", "south")
    pd.testing.assert_frame_equal(found.to_frame().sort_index(), plain)


def test_rows_of_pandas_objects_are_compared_by_their_index():
    order = np.random.default_rng(0).permutation(600)
    X = pd.DataFrame(TWO.X, index=order)
    learner = fitted()
    by, effect = pd.Series(PLACES, index=order), learner.average_treatment_effect(by=PLACES)
    found = learner.average_treatment_effect(X.to_numpy(), TWO.y, TWO.w, by=PLACES)
    np.testing.assert_allclose(found.estimate, effect.estimate)
    framed = learner_of().fit(X, TWO.y, TWO.w)
    same = framed.average_treatment_effect(X, TWO.y, TWO.w, by=by)
    np.testing.assert_allclose(same.estimate, effect.estimate)
    with pytest.raises(InvalidInput, match="index of 'by' is not that"):
        framed.average_treatment_effect(X, TWO.y, TWO.w, by=by.sort_index())
    with pytest.raises(InvalidInput, match="index of 'target_weights' is not that"):
        framed.average_treatment_effect(X, TWO.y, TWO.w, target_weights=pd.Series(WEIGHTS))
    with pytest.warns(CausalDaskWarning, match="'by' has an index of its own"):
        told = framed.average_treatment_effect(by=by)
    np.testing.assert_allclose(told.estimate, effect.estimate)


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        (np.where(TWO.w == 0, PLACES, "all treated"), {"estimand": "ATC"}),
        (PLACES, {"target_weights": (PLACES != "west").astype(float)}),
    ],
)
def test_groups_without_rows_of_the_population_are_told(by, asked):
    with pytest.raises(InvalidInput, match="have no rows of the population"):
        fitted().average_treatment_effect(by=by, **asked)


def test_rows_without_a_group_are_told_with_what_to_do():
    cut = pd.Series(PLACES).where(np.arange(600) > 1)
    with pytest.raises(InvalidInput, match=r"'by' has 2 missing .*Give these rows a label"):
        fitted().average_treatment_effect(by=cut)


def test_the_name_of_a_column_is_no_column():
    with pytest.raises(
        InvalidInput, match=r"Got the word 'town'\. .*pass the column: table\['town"
    ):
        fitted().average_treatment_effect(by="town")


def test_numbers_are_no_groups():
    study = make_study(1_100, random_state=0)
    with pytest.raises(InvalidInput, match="1,100 different labels"):
        fitted(study=study).average_treatment_effect(by=study.X[:, 0])


def test_small_groups_are_told():
    small = pd.Series(PLACES).where(np.arange(600) >= 30, "few")
    with pytest.warns(CausalDaskWarning, match="fewer than 50 rows.*'few'"):
        fitted().average_treatment_effect(by=small)


def test_treatments_are_not_compared_over_different_populations():
    effect = fitted(study=THREE).average_treatment_effect(estimand="ATT")
    with pytest.raises(InvalidInput, match="is about other rows"):
        effect.between(2, 1)


def test_an_unknown_group_is_told():
    found = fitted().average_treatment_effect(by=PLACES)
    with pytest.raises(InvalidInput, match="no group 'east'"):
        found.between("east", "west")
