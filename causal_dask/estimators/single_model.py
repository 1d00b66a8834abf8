"""Fits one model on its own, without each fold and on all rows."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.assemble import Start, checked_caps, plan_of
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput
from causal_dask.fitted.cross_fits import cross_fits
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import data
from causal_dask.learners.cross_fit import CROSS_FIT
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import run
from causal_dask.runtime.task import care_for
from causal_dask.spec.learner import Model
from causal_dask.study.base_models.arguments import Asked, estimators_of, features_of
from causal_dask.study.columns import check_indices, column
from causal_dask.study.cross_fits import CrossFit
from causal_dask.study.prepare import prepare_coded
from causal_dask.study.request import Given, Request
from causal_dask.study.study_data import Coded, StudyData
from causal_dask.study.tables.named_columns import locate

PARAMETERS: Mapping[str, Any] = {
    "is_classification": None,
    "n_variants": None,
    "control": None,
    "event": None,
    "clipping_threshold": None,
    "adaptive_clipping": False,
    "unweighted": (),
    "n_repeats": 1,
    "repeat_aggregation": "median",
    "nested": False,
    "keep_models": True,
    "prepare": "plain",
}


def cross_fit_of(estimator: Any, given: Given, extra: Mapping[str, Any], features: Any) -> CrossFit:
    """The fits of a ``CrossFitEstimator``, compiled from a declaration like everything else."""
    if estimator.n_folds == 1 and not estimator.enable_overall:
        raise InvalidInput(
            "With n_folds=1 and enable_overall=False nothing is fitted. Set n_folds to 2 or more, "
            "or enable_overall=True."
        )
    caps = checked_caps(None, extra["n_jobs_cross_fitting"])
    care = care_for(extra.get("store"), extra.get("retries", 0))
    table, columns = locate(given.X, {"y": given.y}, list)
    y = column(columns["y"], "y")
    if table.n_rows != len(y):
        raise InvalidInput(
            f"'X' and 'y' must have as many rows as each other. Got {table.n_rows} and {len(y)}."
        )
    check_indices({"X": table.content, "y": columns["y"]})
    own = {name: getattr(estimator, name) for name in ("n_folds", "enable_overall", "random_state")}
    asked = Asked(
        learner=CROSS_FIT,
        owner="CrossFitEstimator",
        factories={"nuisance": estimator.estimator_factory},
        params={"nuisance": estimator.estimator_params},
        feature_set=features,
        fit_params=extra["fit_params"],
    )
    # one variant for all rows: the declaration has no treatment, but a study has a column of it
    everyone = np.zeros(len(y), dtype=np.int64)
    request = Request(asked, {**PARAMETERS, **own}, store=care.store)
    checked = StudyData(table, y, everyone, cv=given.cv, labelled={"y": given.y})
    prepared = prepare_coded(request, checked, Coded(everyone, (0,), data(everyone, "w")))
    compiler = Compiler(CROSS_FIT, prepared.study)
    plan = plan_of([compiler], answers.fits(compiler), dict, Start(caps=caps, care=care))
    results = run(plan)
    raise_failures(failures_in(results), plan.labels)
    fitted = Fitted(CROSS_FIT, prepared, finished_in(results))
    return cross_fits(fitted)["estimator", None]


def single_model(
    arguments: Asked,
    step: Model,
    parameters: Mapping[str, Any],
    given: Given,
    extra: Mapping[str, Any],
) -> CrossFit:
    """One model of a learner, fitted on its own."""
    n_folds = parameters["n_folds"]
    estimator = SimpleNamespace(
        n_folds=n_folds[step.name] if isinstance(n_folds, Mapping) else n_folds,
        estimator_factory=estimators_of(arguments, [step])[step.name],
        estimator_params=None,
        enable_overall=parameters["enable_overall"],
        random_state=parameters["random_state"],
    )
    return cross_fit_of(estimator, given, extra, features_of(arguments, step))
