"""The last lines of a study's run."""

from sklearn.linear_model import LinearRegression

from causal_dask import TLearner
from causal_dask.jobs.studies.run_study import in_brief
from causal_dask.studies import Study


def covers(learner, data):
    """A measure that is the same in each replication, as coverage in a few of them."""
    del learner, data
    return 1.0


def test_equal_values_show_their_number_in_place_of_an_error_of_0(tmp_path):
    study = Study(
        generate="causal_dask.datasets.make_study", design={"n_rows": [60]},
        learners={"T": TLearner(nuisance_model_factory=LinearRegression, n_folds=2)},
        measures=["rmse", covers], replications=3, seed=0,
    )  # fmt: skip
    rmse, same = in_brief(study.run(tmp_path)).splitlines()[-2:]
    assert "±" in rmse
    assert same.endswith("1 in all 3")
