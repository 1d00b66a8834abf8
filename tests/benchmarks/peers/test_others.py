"""Ours beside EconML, causalml, DoubleML and dml-rs, on the nearest work there is.

These have learners that we have not, and do the common ones in other ways: each row of the table
says what differs. They have one level of parallelism, the threads of a base model (DoubleML: or
folds at once), so that all of them or one is what can be set, and the better is shown. Nothing is
judged but that both estimate the same. ``PACKAGES``, ``FAMILIES`` and ``ROWS`` choose.
"""

from functools import partial

import dask
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tests.benchmarks.contest import contest
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.machine import cores
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, numbers, rounds, size
from tests.benchmarks.studies import study_of

ROUNDS = rounds(5, quick=1)
WARM_ROWS = 500
KINDS = {
    "econml": ["T", "X", "R", "DR"],
    "causalml": ["T", "X", "R", "DR"],
    "doubleml": ["ATE"],
    "dmlrs": ["T", "X", "R", "DR"],
}
OWN_MODELS = {"dmlrs": ["linear", "RandomForest"]}
"""Families of packages that bring models of their own."""

CELLS = [(package, kind) for package in chosen("PACKAGES", KINDS) for kind in KINDS[package]]

RECORD = Record(
    name="others",
    title="Wall time relative to the better setting of other packages",
    identity=("package", "learner", "family", "rows"),
    measure="ratio",
    note=(
        "Seconds to estimate the same, two variants, same base models; ours with default "
        "settings, theirs with base models on one thread or on all, whichever is faster; dml-rs "
        "with models of its own, on all threads."
    ),
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize(("package", "kind"), CELLS)
@pytest.mark.parametrize("family", chosen("FAMILIES", FAMILIES))
@pytest.mark.parametrize("n_rows", numbers("ROWS", size([5_000, 50_000, 500_000], quick=[500])))
def test_both_take_some_time(n_rows, family, package, kind):
    if family not in OWN_MODELS.get(package, FAMILIES):
        pytest.skip(f"{package} has no such models")
    runs = pytest.importorskip(f"tests.benchmarks.peers.{package}_runs")
    match, study = runs.MATCHES[kind], study_of(n_rows)
    row = {"package": package, "learner": kind, "family": family, "rows": n_rows}
    row |= measured(match, FAMILIES[family], study)
    RECORD.keep(row | {"differs": match.differs})
    assert row["ratio"] > 0


@pytest.mark.parity(
    "EconML, causalml, DoubleML, dml-rs",
    "mean effect of T-, X-, R- and DR-learner, each with its own folds",
)
@pytest.mark.parametrize(("package", "kind"), CELLS)
def test_both_estimate_about_the_same(package, kind):
    match = pytest.importorskip(f"tests.benchmarks.peers.{package}_runs").MATCHES[kind]
    family, study = FAMILIES["linear"], study_of(5_000)
    theirs, ours = np.mean(match.theirs(family, study, 1)), np.mean(match.ours(family, study))
    assert ours == pytest.approx(theirs, rel=0.1)


def measured(match, family, study):
    """Our seconds, those of their better setting, which it was, and the ratio."""
    few = [part[:WARM_ROWS] for part in study]
    with dask.config.set(scheduler="threads", num_workers=cores()):
        for run in [partial(match.ours, family, few), *_theirs(match, family, few).values()]:
            run()
        ours = partial(match.ours, family, study)
        return contest(ours, _theirs(match, family, study), ROUNDS)


def _theirs(match, family, study):
    return {f"{t} threads": partial(_on, t, match, family, study) for t in sorted({1, cores()})}


def _on(threads, match, family, study):
    with threadpool_limits(threads):
        return match.theirs(family, study, threads)
