"""Measures the memory of a client and its two workers while a learner is fitted and predicts.

``python -m tests.benchmarks.off_the_client path folder`` prints bytes as JSON, each beyond what the
process had before. The data is the folder itself ("path"), a Dask DataFrame of its files
("collection"), an array in memory ("array"), or one after the other ("path,collection"). The models
do nothing, which shows what we take.
"""

import json
import sys
import warnings
from importlib import import_module
from pathlib import Path

import dask.dataframe as dd
import psutil
import pyarrow.parquet as pq
from distributed import Client, LocalCluster

from causal_dask import TLearner
from causal_dask.errors import ClippedPropensities
from tests.benchmarks.idle import IdleRegressor

WAYS = {
    "path": str,
    "collection": dd.read_parquet,
    "array": lambda folder: pq.read_table(folder).to_pandas(),
}


def measured(ways, folder):
    """Bytes: the table, and what the client and the worker that took most took beyond before."""
    tables = {way: WAYS[way](folder) for way in ways.split(",")}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        client.run(loaded)
        here, there = resident(), client.run(resident)
        learner = TLearner(nuisance_model_factory=IdleRegressor, n_folds=2, random_state=0)
        for way, X in tables.items():
            learner.fit(X, "y", "w") if way != "array" else learner.fit(
                X.drop(columns=["y", "w"]), X["y"].to_numpy(), X["w"].to_numpy()
            )
        peaks = client.run(peak)
        taken = {address: peaks[address] - there[address] for address in peaks}
        return {"client": peak() - here, "worker": max(taken.values())}


def loaded():
    """Import on a worker what a fit imports, so that only data counts."""
    return [import_module(name) and name for name in ("causal_dask", "pyarrow.dataset")]


def resident():
    """The bytes of this process now."""
    return psutil.Process().memory_info().rss


def peak():
    """The most bytes that this process ever had, and not the one that it was forked from."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith("VmHWM"))
    return int(found.split()[1]) * 1024


if __name__ == "__main__":
    warnings.simplefilter("ignore", ClippedPropensities)
    print(json.dumps(measured(*sys.argv[1:])))
