"""A fit that is asked for some answers runs their fits alone, and gives what a whole fit gives."""

import dask
import dask.array
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from causal_dask import InvalidInput, NotFitted, TLearner, fit_together, load
from causal_dask.compile.asked import ANSWERS
from causal_dask.datasets import make_study
from causal_dask.estimators.catalogue import metalearner_factory
from tests.catalogue import LEARNERS, WITH_OUTCOMES, with_score

STUDY = make_study(300, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
NEW = STUDY.X[:7] + 0.01

ASK = {
    "ate": lambda learner: learner.average_treatment_effect().estimate,
    "new rows": lambda learner: learner.predict(NEW),
    "training rows": lambda learner: learner.predict(STUDY.X),
    "outcomes": lambda learner: learner.predict_conditional_average_outcomes(STUDY.X),
}


def learner(cls, **options):
    return cls(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge, **{"n_folds": 5, "random_state": 0, **options},
    )  # fmt: skip


def n_fits(fitted):
    return sum(key.startswith("fit-") for key in fitted._fitted.results)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [("ate", 15), ("new rows", 16), ("training rows", 20), (["ate", "new rows"], 16), (None, 24)],
)
def test_fits_of_a_dr_learner_are_those_of_the_answers(answers, expected):
    fitted = learner(metalearner_factory("DR")).fit(*DATA, answers=answers)
    assert n_fits(fitted) == expected


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("cls", LEARNERS)
def test_answers_are_those_of_a_whole_fit(cls, answer):
    if answer == "ate" and cls not in with_score(2):
        with pytest.raises(InvalidInput, match="no scores to average"):
            learner(cls).fit(*DATA, answers=answer)
        return
    if answer == "outcomes" and cls not in WITH_OUTCOMES:
        return
    some, whole = learner(cls).fit(*DATA, answers=answer), learner(cls).fit(*DATA)
    np.testing.assert_array_equal(ASK[answer](some), ASK[answer](whole))
    assert n_fits(some) <= n_fits(whole)


def test_other_questions_say_so_and_a_second_fit_runs_what_is_missing():
    fitted = learner(metalearner_factory("DR")).fit(*DATA, answers="ate")
    with pytest.raises(NotFitted, match=r"all rows, which .* 'answers' without 'new rows'"):
        fitted.predict(NEW)
    with pytest.raises(NotFitted, match=r"fold 0, which .* 'answers' without 'training rows'"):
        fitted.predict(STUDY.X)
    before = dict(fitted._fitted.results)
    fitted.fit(*DATA, answers=["ate", "new rows"])
    after = fitted._fitted.results
    assert all(after[key] is value for key, value in before.items() if key.startswith("fit-"))
    assert fitted.predict(NEW).shape == (7, 1, 1)


def test_rows_that_were_not_counted_are_not_said_to_be_unclipped():
    fitted = learner(metalearner_factory("DR")).fit(*DATA, answers="new rows")
    with pytest.raises(NotFitted, match="'answers' without 'ate' or 'training rows'"):
        _ = fitted.n_clipped_
    assert not hasattr(fitted, "n_clipped_")


def test_plans_are_asked_alike():
    made = learner(metalearner_factory("DR"))
    plan = made.plan(*DATA, answers="new rows")
    assert plan.count("fit") == 16
    (fitted,) = dask.compute(plan)
    assert fitted.predict(NEW).shape == (7, 1, 1)
    (together,) = fit_together([made], *DATA, answers="ate")
    assert n_fits(together) == 15


def test_stacks_and_saved_learners_answer(tmp_path):
    made = TLearner(nuisance_model_factory=[LinearRegression, Ridge(alpha=100)], n_folds=3,
                    random_state=0)  # fmt: skip
    some, whole = made.fit(*DATA, answers="new rows"), None
    some.save(tmp_path / "learner")
    whole = TLearner(nuisance_model_factory=[LinearRegression, Ridge(alpha=100)], n_folds=3,
                     random_state=0).fit(*DATA)  # fmt: skip
    np.testing.assert_array_equal(load(tmp_path / "learner").predict(NEW), whole.predict(NEW))


@pytest.mark.parametrize("answers", ["cate", [], 3, ["ate", "effects"]])
def test_unknown_answers_are_refused(answers):
    with pytest.raises(InvalidInput, match="'answers' must be some of"):
        learner(TLearner).fit(*DATA, answers=answers)


@pytest.mark.parametrize("options", [{"enable_overall": False}, {}])
def test_new_rows_are_predicted_without_overall_models_too(options):
    made = learner(metalearner_factory("DR"), **options)
    X = dask.array.from_array(STUDY.X, chunks=(100, -1))
    for rows in (STUDY.X, X):
        fitted = made.fit(rows, *DATA[1:], answers="new rows")
        assert n_fits(fitted) == (20 if options else 16)
        method = "mean" if options else "overall"
        assert fitted.predict(NEW, oos_method=method).shape == (7, 1, 1)


def test_stages_forget_what_a_fit_was_asked():
    made = learner(metalearner_factory("DR")).fit(*DATA, answers="ate")
    made.fit_all_nuisance(*DATA).fit_all_treatment(*DATA)
    assert made.predict(NEW).shape == (7, 1, 1)


def test_a_description_has_the_fits_of_each_answer():
    plan = learner(metalearner_factory("DR")).plan(*DATA)
    table = plan.describe().answers
    assert table["fits"].to_dict() == {
        "ate": 15, "new rows": 16, "training rows": 20, "outcomes": 12
    }  # fmt: skip
    assert table["for it alone"].to_dict() == {
        "ate": 0, "new rows": 1, "training rows": 5, "outcomes": 2
    }  # fmt: skip
    assert "What fit(answers=) would need" in str(plan.describe())
    some = learner(metalearner_factory("DR")).plan(*DATA, answers="ate")
    assert list(some.describe().answers.index) == ["ate"]


def test_plans_described_together_share_the_fits_of_their_answers():
    plans = [learner(metalearner_factory(name)).plan(*DATA) for name in ("DR", "T")]
    assert plans[0].describe(plans[1]).answers.loc["outcomes", "fits"] == 12
    assert plans[0].describe(plans[1]).answers.loc["training rows", "fits"] == 20
