"""Fits wait for memory where those that could run at once may need more than there is."""

import threading
import time
from dataclasses import replace

import dask
import numpy as np
import psutil
import pytest
from distributed import Client, LocalCluster
from sklearn.base import BaseEstimator, RegressorMixin

from causal_dask import InvalidInput, NotEnoughMemory, TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.note import Kind
from causal_dask.runtime.limits.admission import room_for
from causal_dask.runtime.limits.room import SETTING, USABLE, with_room
from causal_dask.runtime.run import run

STUDY = make_study(200, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
GB = 10**9


class AtOnce:
    """Counts how many are in a block at once."""

    def __init__(self):
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


AT_ONCE = AtOnce()


class Sleeper(RegressorMixin, BaseEstimator):
    """Takes a while, and is counted meanwhile."""

    def fit(self, X, y):
        with AT_ONCE:
            time.sleep(0.02)
        self.mean_ = X.mean() + y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def plan_of(size):
    """A plan of 14 fits that take ``size`` bytes each."""
    AT_ONCE.most = 0
    plan = TLearner(nuisance_model_factory=Sleeper, n_folds=6, random_state=0).plan(*DATA)
    notes = {
        key: replace(note, work=replace(note.work, size=size)) if note.kind is Kind.FIT else note
        for key, note in plan.notes.items()
    }
    return replace(plan, notes=notes)


def means(results):
    return {key: ran.value.mean_ for key, ran in results.items() if hasattr(ran.value, "mean_")}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_blocks_wait_for_memory_and_one_alone_never_does(n):
    counted, start = AtOnce(), threading.Barrier(6)
    limit = psutil.Process().memory_info().rss + int((n + 0.5) * GB) if n > 1 else GB // 2

    def work():
        start.wait()
        with room_for(GB, limit), counted:
            time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert counted.most == n


def test_nothing_is_taken_for_a_size_of_zero():
    with room_for(0, 1), room_for(0, 1):
        pass


def test_fits_run_together_only_while_their_memory_fits():
    limit = (psutil.Process().memory_info().rss + 2.5 * GB) / USABLE
    plan = plan_of(GB)
    with dask.config.set(scheduler="threads", num_workers=6):
        with dask.config.set({SETTING: False}):
            plain = means(run(plan))
        assert AT_ONCE.most > 2
        AT_ONCE.most = 0
        with dask.config.set({SETTING: f"{limit:.0f} B"}):
            careful = means(run(plan))
    assert AT_ONCE.most == 2
    assert careful == plain


def test_a_plan_for_which_there_is_room_is_left_alone():
    plan = plan_of(1e6)
    with dask.config.set({SETTING: "2 GB"}, num_workers=4):
        assert with_room(plan, dask.threaded.get) is plan
    with dask.config.set({SETTING: "0.25 GB"}, num_workers=4):
        altered = with_room(plan, dask.threaded.get)
    assert altered.output_keys == plan.output_keys
    assert set(altered.keys.values()) != set(plan.keys.values())


def test_a_fit_that_cannot_fit_is_told_before_anything_runs():
    with dask.config.set({SETTING: "2 GB"}, scheduler="threads", num_workers=2):
        with pytest.raises(NotEnoughMemory) as raised:
            run(plan_of(3 * GB))
        assert AT_ONCE.most == 0
        assert "A worker has 1.86 GiB of memory. The largest fit (T-learner, " in str(raised.value)
        assert "Give workers at least 3.78 GiB" in str(raised.value)
        with dask.config.set({SETTING: False}):
            assert len(means(run(plan_of(3 * GB)))) == 14


@pytest.mark.parametrize("setting", ["a lot", "", [1], 0, "-1 GB", float("inf")])
def test_a_setting_that_is_no_size_is_told(setting):
    with (
        dask.config.set({SETTING: setting}, num_workers=2),
        pytest.raises(InvalidInput, match=r"'causal_dask.memory' must be a size such as '8 GB'"),
    ):
        run(plan_of(1e6))


def test_the_limit_on_a_cluster_is_that_of_its_workers():
    limit = int((psutil.Process().memory_info().rss + 2.5 * GB) / USABLE)
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=6, processes=False, dashboard_address=":0",
            memory_limit=limit,
        ) as cluster,
        Client(cluster),
    ):  # fmt: skip
        run(plan_of(GB))
        assert AT_ONCE.most == 2
        with pytest.raises(NotEnoughMemory):
            run(plan_of(2.0 * limit))


def test_a_description_predicts_the_memory_of_a_worker():
    plan = plan_of(GB)
    memory = plan.describe().memory["GB"]
    assert list(memory.index) == [1, 2, 4, 8, 16]
    assert memory.loc[[1, 2, 4]].to_numpy() == pytest.approx([1.25, 2.25, 4.25], rel=1e-3)
    assert memory.iloc[-1] == pytest.approx(14.25, rel=1e-3)
    assert "Memory of a worker by its threads (guessed): 1: 1.3 GB, 2: 2.3 GB" in str(
        plan.describe()
    )
