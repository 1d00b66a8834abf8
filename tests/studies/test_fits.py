"""Learners that functions give are measured as they were fitted to their replication."""

import dask

from tests.studies.small import study_of, t_learner

SMALL = {"design": [{"n_rows": 60}], "measures": ["rmse", "bias"], "replications": 3}


def fresh(data):
    return t_learner(random_state=0).fit(data.X, data.y, data.w)


def test_a_function_may_give_the_same_object_in_every_replication():
    base = t_learner(random_state=0)
    learners = {"same": lambda data: base.fit(data.X, data.y, data.w), "fresh": fresh}
    table = study_of(learners=learners, **SMALL).run().table
    values = table.pivot_table("value", ["replication", "measure"], "learner")
    assert (values["same"] == values["fresh"]).all()
    assert values["same"].nunique() == 6


def test_two_functions_of_a_replication_may_fit_the_same_object():
    base = t_learner(random_state=0)
    learners = {
        "two": lambda data: base.set_params(n_folds=2).fit(data.X, data.y, data.w),
        "three": lambda data: base.set_params(n_folds=3).fit(data.X, data.y, data.w),
        "fresh": fresh,
    }
    found = study_of(learners=learners, **SMALL).run().summary()["mean"].unstack("learner")
    assert (found["two"] == found["fresh"]).all()
    assert (found["two"] != found["three"]).any()


def test_one_object_in_several_threads_is_refused():
    base = t_learner(random_state=0)
    learners = {"same": lambda data: base.fit(data.X, data.y, data.w)}
    study = study_of(learners=learners, **SMALL | {"replications": 2})
    study.run()
    with dask.config.set(scheduler="threads", num_workers=2):
        failures = study.run().failures
    assert failures["error"].str.contains("in different threads").all()
    assert len(failures) == 2 * 2
