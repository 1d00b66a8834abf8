"""Large data is put into a file that other processes map; its keys stay what they are."""

import errno
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import dask
import dask.multiprocessing
import dask.threaded
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from causal_dask.graph.node import data, node
from causal_dask.plans.plan import Plan
from causal_dask.runtime import shared_files
from causal_dask.runtime.clusters.shipping import LARGE, ship
from causal_dask.runtime.shared_files import open_handles
from causal_dask.sources.mapped import Mapped, write_mapped
from causal_dask.tasks.rows import take

ROWS = LARGE // 8
NUMBERS = np.arange(2.0 * ROWS).reshape(ROWS, 2)
FRAME = pd.DataFrame(NUMBERS, columns=["a", "b"])


@pytest.fixture(autouse=True)
def folder(tmp_path):
    with dask.config.set({"temporary-directory": str(tmp_path)}):
        yield shared_files.folder()


def opened(value):
    return open_handles({"X": write_mapped(value, data(value).key, shared_files.own_file)})["X"]


@pytest.mark.parametrize(
    "values",
    [NUMBERS, np.asfortranarray(NUMBERS), NUMBERS[::2], NUMBERS[:, 0].astype(np.float32)],
    ids=["rows", "columns", "strided", "one column"],
)
def test_an_array_in_a_file_is_the_same_array_in_the_same_order(values):
    found = opened(values)
    assert np.array_equal(found, values)
    assert found.dtype == values.dtype
    if values.flags.c_contiguous or values.flags.f_contiguous:
        assert found.strides == values.strides


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        pd.DataFrame({name: FRAME[name] for name in FRAME}),
        FRAME.set_axis([f"row {number}" for number in range(ROWS)]),
        FRAME.set_axis(pd.Index([3, "b"], name="names"), axis=1).iloc[::-1],
    ],
    ids=["one block", "two blocks", "words as index", "mixed names"],
)
def test_a_frame_in_a_file_is_an_equal_frame(frame):
    assert_frame_equal(opened(frame), frame)
    assert opened(frame).iloc[5:9].to_numpy().flags.f_contiguous == (
        frame.iloc[5:9].to_numpy().flags.f_contiguous
    )


def test_a_handle_is_small_and_its_file_is_written_once(folder):
    handles = [write_mapped(FRAME, "X-1", shared_files.own_file) for _ in range(2)]
    assert len(list(folder.iterdir())) == 1
    assert handles[0].path == handles[1].path


def plan_with(*values):
    return Plan(tuple(node(take, {"values": data(v)}, rows=slice(3)) for v in values), dict)


@pytest.mark.parametrize("large", [NUMBERS, FRAME], ids=["array", "frame"])
def test_only_large_numbers_are_shipped_and_only_to_other_processes(large):
    words = pd.DataFrame({"word": ["a", "b"] * ROWS})
    plan = plan_with(large, NUMBERS[:10], words)
    to_processes = ship(plan, dask.multiprocessing.get)
    assert [type(handle) for handle in to_processes.known.values()] == [Mapped]
    assert list(to_processes.known) == [data(large).key]
    assert to_processes.output_keys == plan.output_keys
    assert ship(plan, dask.threaded.get) is plan


def test_a_plan_of_shipped_data_has_no_other_key_for_what_it_computes():
    plan = plan_with(NUMBERS)
    shipped_plan = ship(plan, dask.multiprocessing.get)
    assert shipped_plan.output_keys == plan.output_keys
    assert shipped_plan.__dask_keys__() != plan.__dask_keys__()


SCRIPT = """
import dask, numpy as np
from causal_dask.runtime.shared_files import folder, own_file
with dask.config.set({"temporary-directory": %r}):
    own_file("X-1", ".npy", lambda file: np.save(file, np.ones(3)))
    print(len(list(folder().iterdir())))
"""


def test_files_go_when_the_process_that_wrote_them_ends(folder):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT % str(folder.parent)], capture_output=True, check=True
    )
    assert done.stdout.split() == [b"1"]
    assert list(folder.iterdir()) == []


def test_old_files_of_dead_processes_are_swept(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [
        f"X-{n}.{shared_files._host()}.{pid}.npy" for n, pid in enumerate((ended.pid, os.getpid()))
    ]
    names += [f"X-2.{shared_files._host()}.{ended.pid}.npy", "X-3.elsewhere.1.npy"]
    for name in names:
        (folder / name).touch()
        if not name.startswith("X-2"):
            os.utime(folder / name, (0, time.time() - shared_files.STALE - 60))
    shared_files._make_folder.cache_clear()
    left = {path.name for path in shared_files.folder().iterdir()}
    assert left == set(names[1:])


def test_the_folder_is_for_its_user_only(folder):
    assert folder.stat().st_mode & 0o077 == 0


def test_data_stays_in_the_graph_if_the_disk_is_full(folder, monkeypatch):
    def full(file, values):
        file.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    assert ship(plan_with(NUMBERS), dask.multiprocessing.get).known == {}
    assert list(folder.iterdir()) == []


def test_a_folder_that_somebody_has_deleted_is_made_again(folder):
    folder.rmdir()
    assert ship(plan_with(NUMBERS), dask.multiprocessing.get).known


def test_a_shared_file_is_written_once_by_whoever_comes_first(folder):
    writers = []

    def write(file):
        writers.append(threading.get_ident())
        time.sleep(0.05)
        file.write(b"whole")

    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: shared_files.shared_file("X-9", ".npy", write), range(4)))
    assert len(writers) == 1
    assert set(paths) == set(folder.iterdir())
