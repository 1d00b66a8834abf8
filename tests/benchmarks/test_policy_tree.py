"""The best tree of depth 2 for 100,000 rows, 20 covariates and three variants.

In a process of its own, whose peak memory the operating system knows. A minute on two cores.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np

from causal_dask import Scores, policy_tree
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_ROWS, N_COVARIATES = size(100_000, quick=5_000), 20
SECONDS, GIGABYTES = 60, 2.0

RECORD = Record(
    name="policy_tree",
    title="The best policy tree of depth 2",
    identity=("rows", "covariates", "variants"),
    measure="seconds",
    note="All continuous covariates, so that every row is a possible split. Peak memory in GB.",
)


def found():
    """The seconds of a search, and the peak memory of this process in GB."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, N_COVARIATES))
    effects = np.column_stack([X[:, 0], X[:, 1] * (X[:, 0] > 0)])
    scores = Scores((effects + 2 * rng.normal(size=effects.shape))[None], ("none", "a", "b"))
    started = time.perf_counter()
    policy_tree(scores, X, depth=2)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def test_the_search_takes_less_than_a_minute():
    command = [sys.executable, "-m", "tests.benchmarks.test_policy_tree"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, gigabytes = json.loads(output)
    row = {"rows": N_ROWS, "covariates": N_COVARIATES, "variants": 3, "seconds": seconds}
    RECORD.keep(row | {"gigabytes": gigabytes, "goal": SECONDS})
    check("seconds of a search", seconds, SECONDS)
    check("GB of memory", gigabytes, GIGABYTES)


if __name__ == "__main__":
    print(json.dumps(found()))
