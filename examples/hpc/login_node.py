"""A client on the login node, and as many Slurm jobs as workers as the work needs.

The effect of quitting smoking on weight again, 3.3 kg (2.3 to 4.4) whatever it runs on; fits
are kept in a store, so that an interrupted client resumes where it stopped.

    pip install 'causal-dask[jobqueue,datasets]'
    python login_node.py
"""

import os
import sys

from dask_jobqueue import SLURMCluster
from distributed import Client
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner
from causal_dask.datasets import load_nhefs

REGULARISED = {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.05}
A_JOB = {
    "cores": 2,
    "processes": 1,
    "memory": "1GB",
    "walltime": "00:10:00",
    "interface": os.environ.get("INTERFACE"),  # the network that nodes share, such as ib0
    "python": sys.executable,
    "worker_extra_args": ["--lifetime", "9m", "--lifetime-stagger", "30s"],
    "scheduler_options": {"dashboard_address": ":0"},
}


def main() -> None:
    study = load_nhefs()
    learner = DRLearner(
        nuisance_model_factory=XGBRegressor, nuisance_model_params=REGULARISED,
        propensity_model_factory=XGBClassifier, propensity_model_params=REGULARISED,
        treatment_model_factory=XGBRegressor, treatment_model_params=REGULARISED,
        n_folds=5, random_state=0,
    )  # fmt: skip
    with SLURMCluster(**A_JOB) as cluster, Client(cluster):
        cluster.adapt(minimum_jobs=0, maximum_jobs=4)
        learner.fit(study.X, study.y, study.w, store="store")
        effect = learner.average_treatment_effect()
    (low, high), workers = effect.interval()[0], learner.timings_["worker"].nunique()
    print(f"{effect.estimate[0]:.2f} kg ({low:.2f} to {high:.2f}), on {workers} workers.")


if __name__ == "__main__":
    main()
