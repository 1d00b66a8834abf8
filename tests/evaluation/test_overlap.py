"""What the overlap report says, against what is known of the propensities."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from causal_dask import (
    InvalidInput,
    InvalidType,
    NotFitted,
    OverlapReport,
    overlap_report,
)
from causal_dask.datasets import make_study
from tests.catalogue import WITH_PROPENSITIES, WITHOUT_PROPENSITIES

STUDY = make_study(900, n_variants=3, random_state=0)


@pytest.fixture(scope="module")
def fitted(learner):
    return learner(control="none", clipping_threshold=0.01).fit(
        STUDY.X,
        STUDY.y,
        np.array(["none", "high", "low"])[STUDY.w],
        propensities=STUDY.propensities,
    )


@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_every_learner_with_propensities_is_reported(cls, learner):
    report = overlap_report(learner(cls).fit(STUDY.X, STUDY.y, STUDY.w))
    assert isinstance(report, OverlapReport)
    assert report.summary.index.tolist() == [0, 1, 2]


def test_rows_are_counted_by_the_variants_labels(fitted):
    rows = overlap_report(fitted).summary["rows"]
    counts = np.bincount(STUDY.w)
    assert rows.to_dict() == {"none": counts[0], "high": counts[1], "low": counts[2]}


def test_quantiles_are_of_each_propensity_among_each_variants_rows(fitted):
    quantiles = overlap_report(fitted).quantiles
    assert quantiles.columns.tolist() == [
        "0%",
        "1%",
        "5%",
        "25%",
        "50%",
        "75%",
        "95%",
        "99%",
        "100%",
    ]
    assert quantiles.index.names == ["propensity_of", "rows_of"]
    own = STUDY.propensities[STUDY.w == 2, 1]
    assert quantiles.loc[("high", "low"), "0%"] == own.min()
    assert quantiles.loc[("high", "low"), "25%"] == pytest.approx(np.quantile(own, 0.25))
    assert len(quantiles) == 9


def test_in_a_randomised_trial_every_row_counts_in_full(learner):
    trial = make_study(300, confounding=0.0, random_state=0)
    report = overlap_report(learner().fit(trial.X, trial.y, trial.w, propensities=0.4))
    assert report.summary["effective_rows"].tolist() == pytest.approx(np.bincount(trial.w))
    assert report.summary["outside"].sum() == 0
    assert (report.quantiles.loc[(1, 0)] == 0.4).all()


def test_the_effective_rows_are_kishs_number_of_the_clipped_weights(learner):
    # four treated rows with weights 2, 2, 1.25 and 10: the last propensity is clipped to 0.1
    e = np.array([0.5, 0.5, 0.8, 0.05, 0.5, 0.5, 0.5, 0.5])
    w, X = np.array([1, 1, 1, 1, 0, 0, 0, 0]), np.arange(8.0)[:, None]
    with pytest.warns(match="1 of 8 rows"):
        fitted = learner(clipping_threshold=0.1).fit(X, X[:, 0], w, propensities=e)
    summary = overlap_report(fitted).summary
    assert summary.loc[1, "effective_rows"] == pytest.approx(15.25**2 / (4 + 4 + 1.5625 + 100))
    assert summary.loc[0, "effective_rows"] == pytest.approx(4)


def test_rows_outside_the_bounds_add_up_to_those_clipped(learner):
    with pytest.warns(match="were clipped"):
        fitted = learner(clipping_threshold=0.2).fit(STUDY.X, STUDY.y, STUDY.w)
    report = overlap_report(fitted)
    assert report.summary["outside"].sum() == fitted.n_clipped_ > 0
    share = report.summary["outside"] / report.summary["rows"]
    assert report.summary["share_outside"].tolist() == share.tolist()
    assert report.bounds == (0.2, 0.8)


def test_bounds_are_those_of_the_fit(fitted, learner):
    later = learner(control=0, clipping_threshold=0.01).fit(STUDY.X, STUDY.y, STUDY.w)
    later.set_params(clipping_threshold=0.3)
    assert overlap_report(later).bounds == (0.01, 0.99)


def test_a_report_says_that_known_propensities_are_not_clipped(learner):
    report = overlap_report(learner().fit(STUDY.X, STUDY.y, STUDY.w, propensities=[0.5, 0.3, 0.2]))
    assert report.bounds == (0, 1)
    assert "in 900 rows, propensities not clipped\n" in repr(report)


def test_row_weights_count_in_the_effective_rows_only(learner):
    trial = make_study(300, confounding=0.0, random_state=0)
    weights = np.where(np.arange(300) % 2, 1.0, 3.0)
    fitted = learner().fit(trial.X, trial.y, trial.w, propensities=0.5, sample_weight=weights)
    report = overlap_report(fitted)
    for k in (0, 1):
        own = weights[trial.w == k]
        assert report.summary.loc[k, "effective_rows"] == pytest.approx(
            own.sum() ** 2 / (own @ own)
        )
    assert report.summary["rows"].tolist() == np.bincount(trial.w).tolist()


def test_a_variant_without_weight_has_no_effective_rows(learner):
    X, w = np.arange(20.0)[:, None], np.arange(20) % 2
    never = learner(unweighted=["variant_outcome_model"])
    fitted = never.fit(X, X[:, 0], w, propensities=0.5, sample_weight=1.0 - w)
    assert overlap_report(fitted).summary["effective_rows"].tolist() == pytest.approx([10, 0])


@pytest.mark.parametrize(
    "labels", [(False, True, 7), ("no", 1, 2.5), ((0, "a"), (1, "b"), (2, "c"))]
)
def test_labels_stay_what_they_are(labels, learner):
    w = np.empty(900, dtype=object)
    w[:] = [labels[k] for k in STUDY.w]
    if labels[0] is False:  # True and 1 would be one label
        w[:] = [bool(k) if k < 2 else 7 for k in STUDY.w]
    fitted = learner(control=labels[0]).fit(STUDY.X, STUDY.y, w)
    report = overlap_report(fitted)
    assert report.summary.index.tolist() == list(report.variants)
    assert set(report.variants) == set(labels)
    assert len(report.quantiles) == 9


def test_a_report_reads_as_tables(fitted):
    text = repr(overlap_report(fitted))
    assert text.startswith(
        "Overlap of 3 variants in 900 rows, propensities clipped to [0.01, 0.99]"
    )
    assert "Quantiles of the propensities before clipping" in text
    assert "share outside" in text
    assert "none" in text


def test_a_report_is_html_in_a_notebook(learner):
    w = np.array(["<b>", "t"])[STUDY.w[STUDY.w < 2]]
    rows = STUDY.w < 2
    html = overlap_report(learner(control="<b>").fit(STUDY.X[rows], STUDY.y[rows], w))._repr_html_()
    assert html.count("<table") == 2
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_learner_that_was_sent_elsewhere_can_still_be_reported(fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    assert overlap_report(copy).quantiles.equals(overlap_report(fitted).quantiles)


def test_repeats_are_reported_by_their_mean(learner):
    report = overlap_report(learner(n_repeats=2).fit(STUDY.X, STUDY.y, STUDY.w))
    assert report.quantiles.loc[(0, 0), "50%"] == pytest.approx(0.35, abs=0.15)


@pytest.mark.parametrize("cls", WITHOUT_PROPENSITIES)
def test_a_learner_without_propensities_names_those_that_have_some(cls, learner):
    fitted = learner(cls, propensity_model_factory=None).fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput) as error:
        overlap_report(fitted)
    assert str(error.value) == (
        f"{cls.__name__} has no propensity model, so it knows nothing of overlap. Use XLearner, "
        "RLearner or DRLearner."
    )


def test_a_learner_must_be_fitted(learner):
    with pytest.raises(NotFitted) as error:
        overlap_report(learner())
    assert str(error.value) == "This DRLearner is not fitted yet. Call fit first."


def test_a_model_is_not_a_learner():
    with pytest.raises(InvalidType) as error:
        overlap_report(LogisticRegression())
    assert str(error.value) == "'learner' must be a fitted metalearner. Got LogisticRegression."


def test_a_single_fold_has_no_cross_fitted_propensities(learner):
    fitted = learner(n_folds=1).fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput) as error:
        overlap_report(fitted)
    assert str(error.value) == (
        "With n_folds=1 every model has seen all training rows, so nothing can be estimated from "
        "them. Set n_folds to 2 or more."
    )
