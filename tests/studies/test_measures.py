"""What measures give is a number under its own name, or a failure that is counted as one."""

import numpy as np
import pytest

from causal_dask import InvalidInput
from causal_dask.errors import InvalidType
from causal_dask.studies.drawn import as_drawn
from causal_dask.studies.measures import coverage, values_of
from tests.studies.small import generate, study_of, t_learner

ONE = {"learners": [t_learner()], "design": [{"n_rows": 60}], "replications": 2}


def test_numbers_within_numbers_keep_all_their_names():
    found = values_of("m", {"a": {"x": 1, "y": np.float32(2)}, "b": np.True_})
    assert found == {"m a x": 1.0, "m a y": 2.0, "m b": 1.0}


@pytest.mark.parametrize("wrong", [{}, {"a": {}}, 1j, np.complex128(1j), np.str_("3")])
def test_what_is_no_number_is_told(wrong):
    with pytest.raises(InvalidType, match="must give a number"):
        values_of("m", wrong)


def test_two_numbers_of_one_name_are_told():
    with pytest.raises(InvalidInput, match="two of the name 'm 1'"):
        values_of("m", {1: 2.0, "1": 3.0})


def test_a_measure_that_gives_nan_has_failed():
    results = study_of(**ONE, measures={"m": lambda t, d: {"a": np.nan, "b": 1}}).run()
    assert results.failures["measure"].tolist() == ["m a", "m a"]
    assert results.failures["error"].eq("It is NaN.").all()
    assert results.summary()["failed"].tolist() == [2, 0]
    assert "2 of them failed" in repr(results)


def test_a_check_names_no_setting_where_there_is_one_without_names():
    study = study_of(
        generate=lambda setting, rng: generate({"n_rows": 60}, rng),
        design=None, learners={"T": t_learner()}, measures={"m": lambda t, d: np.nan},
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="In the only setting: 'm' of the learner 'T' failed"):
        study.check()


class Estimated:
    """An average effect with an interval of which some ends are unknown."""

    def average_treatment_effect(self):
        return self

    def interval(self, _):
        return [[0.0, 2.0], [np.nan, 2.0], [0.0, 2.0], [2.0, 3.0]]


def test_coverage_is_unknown_where_the_truth_or_an_end_is():
    X, y, w, _ = generate({"n_rows": 6}, np.random.default_rng(0))
    data = as_drawn({"X": X, "y": y, "w": w, "ate": [1.0, 1.0, np.nan, 1.0]})
    found = coverage(Estimated(), data)
    assert [found[k] for k in (1, 4)] == [1.0, 0.0]
    assert np.isnan([found[2], found[3]]).all()


def test_a_name_for_one_of_several_treatments_is_refused():
    with pytest.raises(InvalidInput, match="'rmse 1' beside 'rmse'"):
        study_of(measures={"rmse": "rmse", "rmse 1": lambda t, d: 0.0})


def test_a_name_that_two_measures_make_is_told():
    measures = {"q": lambda t, d: {"low": 1.0}, "q low": lambda t, d: 2.0}
    results = study_of(**ONE, measures=measures).run()
    assert results.failures["error"].str.contains("'q' gives 'q low' too").all()
    assert results.summary().loc[(60, "TLearner", "q low"), ["mean", "failed"]].tolist() == [1, 2]
