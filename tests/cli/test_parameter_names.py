"""Parameters of base models that are spelt wrong, which some classes would pass over."""

import pytest

from causal_dask.jobs.parameter_names import misspelt_names
from tests.cli.study import called

NATIVE = {
    "xgboost": ["eta", "lambda", "alpha", "seed", "nthread", "min_split_loss", "max_cached_hist_node"],
    "lightgbm": ["num_leaf", "boosting", "min_data_in_leaf", "lambda_l1", "max_leaves", "verbose", "random_seed"],
}  # fmt: skip


def with_trees(job, cls, **parameters):
    job["models"]["nuisance"] = {"class": cls, "parameters": parameters}
    return job


@pytest.mark.parametrize("cls", ["xgboost.XGBRegressor", "lightgbm.LGBMRegressor"])
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_misspelt_parameter_is_told_by_line(cls, command, job, written):
    pytest.importorskip(cls.partition(".")[0])
    result = called(command, written(with_trees(job, cls, n_estimators=2, max_dept=2)))
    assert result.exit_code == 3
    assert result.output == (
        f"Error: job.yaml, line 16, models.nuisance.parameters.max_dept: {cls} has no parameter "
        "'max_dept'. Did you mean 'max_depth'?\n"
    )


def test_a_class_that_refuses_a_name_itself_is_asked_for_the_right_one(job, written):
    path = written(with_trees(job, "sklearn.linear_model.Ridge", alpah=1.0))
    assert "Did you mean 'alpha'?" in called("check", path).output


@pytest.mark.parametrize("package", NATIVE)
def test_names_that_a_class_takes_but_does_not_list_pass(package):
    module = pytest.importorskip(package)
    cls = module.XGBRegressor if package == "xgboost" else module.LGBMRegressor
    assert misspelt_names(cls, NATIVE[package]) == {}
