"""A program that fits a learner with a store, to be interrupted or killed meanwhile.

Arguments: a folder, and "threads", "cluster" or a scheduler's file.
"""

import sys
from pathlib import Path

import dask
import faults
from distributed import Client, LocalCluster


def main() -> None:
    folder, where = Path(sys.argv[1]), sys.argv[2]
    learner = faults.learner_of(folder, nap=faults.NAP)
    if where == "threads":
        dask.config.set(scheduler="threads", num_workers=2)
        learner.fit(*faults.DATA, store=folder / "store")
        return
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    if where != "cluster":
        with Client(scheduler_file=where):
            learner.fit(*faults.DATA, store=folder / "store")
        return
    with LocalCluster(**options) as cluster, Client(cluster):
        learner.fit(*faults.DATA, store=folder / "store")


if __name__ == "__main__":
    main()
