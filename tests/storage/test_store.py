"""Results on disk: what is put is got, what is damaged is noticed, and no fault costs a fit."""

import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.linear_model import LinearRegression

from causal_dask import InvalidInput, InvalidType, StoreWarning, store
from causal_dask.storage.drawn_seeds import entropy_for
from causal_dask.storage.pickles import pack
from causal_dask.storage.result_file import FORMAT, MAGIC
from causal_dask.storage.store import MISSING, Store

BIG = np.arange(10_000.0)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=50)
    | arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_side=0, max_side=4))
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
ONE_FOLDER = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def started(code, *arguments):
    """A Python process of its own that runs some lines after the imports that they share."""
    head = "import sys\nimport numpy as np\nfrom causal_dask.storage.store import Store\n"
    command = [sys.executable, "-c", head + code, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@given(key=st.text(min_size=1, max_size=300).filter(str.isprintable), value=VALUES)
@ONE_FOLDER
def test_any_value_comes_back_under_any_key(tmp_path, key, value):
    Store(tmp_path).put(key, value)
    found = Store(tmp_path).get(key)
    assert type(found) is type(value)
    np.testing.assert_equal(found, value)


@pytest.mark.parametrize("array", [BIG, BIG.reshape(100, 100).T, BIG.astype("f4"), BIG[::2]])
def test_large_arrays_come_back_as_they_were_and_can_be_written_to(tmp_path, array):
    Store(tmp_path).put("array", array)
    found = Store(tmp_path).get("array")
    assert (found.dtype, found.strides) == (array.dtype, array.copy(order="K").strides)
    assert np.array_equal(found, array)
    assert found.flags.writeable
    assert found.flags.aligned


def test_a_fitted_model_predicts_the_same_bytes(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    model = LinearRegression().fit(X, X[:, 0])
    Store(tmp_path).put("fit-0", model)
    assert Store(tmp_path).get("fit-0").predict(X).tobytes() == model.predict(X).tobytes()


def test_a_class_of_a_function_is_kept_by_value(tmp_path):
    class Local:
        answer = 42

    Store(tmp_path).put("local", Local())
    assert Store(tmp_path).get("local").answer == 42


def test_what_is_not_there_is_missing_in_every_process(tmp_path):
    assert Store(tmp_path / "nothing").get("fit-0") is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING
    assert "fit-0" not in Store(tmp_path)


def test_a_store_travels_and_knows_its_folder_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sent = pickle.loads(pickle.dumps(Store("here")))
    sent.put("fit-0", 1)
    monkeypatch.chdir("/")
    assert sent == Store(tmp_path / "here")
    assert list(sent.keys()) == ["fit-0"]
    assert "fit-0" in sent


@pytest.mark.parametrize("folder", [None, 7, ""])
def test_a_store_needs_a_folder(folder):
    with pytest.raises(InvalidType, match="'store' must be the path of a folder"):
        Store(folder)


def put_two(kept, values):
    for number, value in enumerate(values):
        kept.put(f"fit-{number}", value)


def file_of_one(folder):
    """A small store's only file, and its bytes."""
    Store(folder).put("fit-0", {"a": 1.5}, label="a label")
    path = Store(folder).path("fit-0")
    return path, path.read_bytes()


def test_a_flipped_bit_anywhere_is_noticed_and_mended_by_the_next_put(tmp_path):
    path, whole = file_of_one(tmp_path)
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        with pytest.warns(StoreWarning, match="It is computed again") as warned:
            assert Store(tmp_path).get("fit-0") is MISSING
        assert [str(path) in str(each.message) for each in warned] == [True]
    Store(tmp_path).put("fit-0", {"a": 1.5})
    assert Store(tmp_path).get("fit-0") == {"a": 1.5}


@given(data=st.data())
@ONE_FOLDER
def test_a_file_that_is_cut_off_or_too_long_is_noticed(tmp_path, data):
    path, whole = file_of_one(tmp_path)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    path.write_bytes(data.draw(st.sampled_from([cut, whole + b"\0", b"foreign", b"\n\n"])))
    with pytest.warns(StoreWarning, match="damaged"):
        assert Store(tmp_path).get("fit-0") is MISSING


def test_another_results_file_is_not_taken_for_this_one(tmp_path):
    whole = file_of_one(tmp_path)[1]
    other = Store(tmp_path).path("fit-1")
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(whole)
    with pytest.warns(StoreWarning, match="holds the result fit-0, not fit-1"):
        assert Store(tmp_path).get("fit-1") is MISSING
    assert store.du(tmp_path).n_damaged == 1


def test_a_file_of_another_format_is_left_alone_until_it_is_needed(tmp_path):
    path, whole = file_of_one(tmp_path)
    path.write_bytes(whole.replace(b"%s%d" % (MAGIC, FORMAT), b"%s%d" % (MAGIC, FORMAT + 1)))
    with pytest.warns(StoreWarning, match=f"has the format {FORMAT + 1}"):
        assert Store(tmp_path).get("fit-0") is MISSING
    assert store.prune(tmp_path) == 0


def test_what_cannot_be_unpickled_here_says_what_it_was_written_with(tmp_path, monkeypatch):
    module = tmp_path / "gone_tomorrow.py"
    module.write_text("class Model: pass")
    monkeypatch.syspath_prepend(tmp_path)
    import gone_tomorrow  # noqa: PLC0415 - it has just been made

    Store(tmp_path).put("fit-0", gone_tomorrow.Model())
    module.unlink()
    monkeypatch.delitem(sys.modules, "gone_tomorrow")
    with pytest.warns(StoreWarning, match="No module named 'gone_tomorrow'.*written with python 3"):
        assert Store(tmp_path).get("fit-0") is MISSING


def test_a_file_where_the_folder_should_be_gives_one_warning(tmp_path):
    place = tmp_path / "file"
    place.touch()
    with pytest.warns(StoreWarning, match="The work goes on without it") as warned:
        put_two(Store(place), [1, 2])
    assert len(warned) == 1
    assert Store(place).get("fit-0") is MISSING
    assert entropy_for(place, "request", lambda: 7) == 7


def test_what_cannot_be_pickled_gives_one_warning(tmp_path):
    with pytest.warns(StoreWarning, match="A generator cannot be pickled") as warned:
        put_two(Store(tmp_path), [(i for i in range(3)), (i for i in range(4))])
    assert len(warned) == 1
    assert list(Store(tmp_path).keys()) == []


def test_a_full_disk_gives_one_warning_and_leaves_nothing(tmp_path):
    process = started(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "for key in ('a', 'b'): Store(sys.argv[1]).put(key, np.zeros(100_000))\n"
        "Store(sys.argv[1]).put('small', 1)\n",
        tmp_path,
    )
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0
    assert told.count("StoreWarning") == 1
    assert list(Store(tmp_path).keys()) == ["small"]
    assert list(Store(tmp_path).leftovers()) == []


def test_a_writer_that_is_killed_leaves_no_result_that_could_be_read(tmp_path):
    slow = "import os, time\nos.fsync = lambda _: time.sleep(600)\n"
    process = started(f"{slow}Store(sys.argv[1]).put('fit-0', np.zeros(10**6))\n", tmp_path)
    Store(tmp_path).establish()  # the process is to be slow with the result only
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for path in Store(tmp_path).leftovers()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert Store(tmp_path).get("fit-0") is MISSING
    assert store.du(tmp_path).n_leftovers == 1
    assert store.prune(tmp_path) == 0  # it could still be written to
    for path in Store(tmp_path).leftovers():
        os.utime(path, (0, 0))
    assert store.prune(tmp_path) > 0
    assert store.du(tmp_path).n_leftovers == 0


def test_whoever_reads_while_two_processes_write_gets_all_of_it(tmp_path):
    code = "for _ in range(100): Store(sys.argv[1]).put('fit-0', np.full(50_000, 3.5))\n"
    writers = [started(code, tmp_path) for _ in range(2)]
    n_read = 0
    while any(writer.poll() is None for writer in writers):
        found = Store(tmp_path).get("fit-0")
        if found is not MISSING:
            assert (found == 3.5).all()
            n_read += 1
    assert [writer.communicate(timeout=60)[1] for writer in writers] == ["", ""]
    assert n_read > 0


def test_jobs_that_begin_at_once_draw_one_number(tmp_path):
    draws = iter(range(100, 200))
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: entropy_for(tmp_path, "r", lambda: next(draws)), range(40)))
    assert len(found) == 1
    assert entropy_for(tmp_path, "r", pytest.fail) == found.pop()
    assert entropy_for(tmp_path, "another", lambda: 3) == 3
    assert list(Store(tmp_path).leftovers()) == []


def test_a_damaged_number_is_drawn_again(tmp_path):
    entropy_for(tmp_path, "r", lambda: 3)
    (tmp_path / "entropy" / "r.json").write_text("{")
    with pytest.warns(StoreWarning, match="damaged"):
        assert entropy_for(tmp_path, "r", lambda: 4) == 4
    assert entropy_for(tmp_path, "r", pytest.fail) == 4


def test_a_store_lists_what_it_holds(tmp_path):
    Store(tmp_path).put("fit-0", LinearRegression(), label="T-learner, fold 0", seconds=1.25)
    Store(tmp_path).put("predict-0", np.zeros(3))
    listed = store.ls(tmp_path).set_index("key")
    assert listed.loc["fit-0", "label"] == "T-learner, fold 0"
    assert listed.loc["fit-0", "seconds"] == 1.25
    assert listed.loc["predict-0", "kind"] == "numpy.ndarray"
    assert pd.Timestamp.now("UTC") - listed.loc["fit-0", "written"] < pd.Timedelta(minutes=5)
    assert store.du(tmp_path).bytes == listed["bytes"].sum()


def test_a_damaged_file_is_listed_as_such_and_pruned(tmp_path):
    path, whole = file_of_one(tmp_path)
    path.write_bytes(whole[:-1])
    assert store.ls(tmp_path)["damaged"].tolist() == [True]
    assert store.prune(tmp_path, dry_run=True) == len(whole) - 1
    assert store.prune(tmp_path, damaged=False) == 0
    assert store.prune(tmp_path) == len(whole) - 1
    assert store.ls(tmp_path).empty


def test_a_flipped_bit_is_found_by_pruning(tmp_path):
    path, whole = file_of_one(tmp_path)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert store.ls(tmp_path)["damaged"].tolist() == [False]
    assert store.prune(tmp_path) == len(whole)


def three_of_different_ages(folder):
    for days in range(3):
        Store(folder).put(f"fit-{days}", days)
        then = time.time() - days * 86_400
        os.utime(Store(folder).path(f"fit-{days}"), (then, then))
    return store.du(folder).bytes / 3


def test_pruning_by_age_goes_by_when_a_result_was_last_used(tmp_path):
    three_of_different_ages(tmp_path)
    Store(tmp_path).get("fit-2")
    assert store.prune(tmp_path, older_than="12 hours", dry_run=True) > 0
    store.prune(tmp_path, older_than="12 hours")
    assert sorted(Store(tmp_path).keys()) == ["fit-0", "fit-2"]


def test_pruning_to_a_size_keeps_what_was_used_last(tmp_path):
    each = three_of_different_ages(tmp_path)
    store.prune(tmp_path, keep_bytes=round(2.5 * each))
    assert sorted(Store(tmp_path).keys()) == ["fit-0", "fit-1"]


@pytest.mark.parametrize("function", [store.ls, store.du, store.prune])
def test_a_folder_of_other_things_is_no_store(tmp_path, function):
    for text in ("{", "[]", '{"kind": "causal_dask learner"}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(InvalidInput, match="is no store"):
            function(tmp_path)


def test_a_store_of_no_results_is_one(tmp_path):
    Store(tmp_path).establish()
    assert store.ls(tmp_path).empty
    assert store.du(tmp_path) == store.StoreUsage(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"older_than": 5}, "must be a timedelta or a text such as '30 days'. Got 5"),
        ({"older_than": "soon"}, "must be a length of time such as '30 days'. Got 'soon'"),
        ({"older_than": "-2 days"}, "must be a length of time such as '30 days'. Got '-2 days'"),
        ({"keep_bytes": ""}, "must be a whole number from 0, or a text such as '10 GB'"),
        ({"keep_bytes": "much"}, "must be a whole number from 0, or a text such as '10 GB'"),
    ],
)
def test_arguments_of_pruning_are_checked(tmp_path, argument, message):
    with pytest.raises((InvalidInput, InvalidType), match=message):
        store.prune(tmp_path, **argument)


def test_the_names_that_a_pickle_looks_up_are_known_before_it_is_opened():
    names = pack([LinearRegression(), Path("x"), np.float64(1), BIG]).names()
    assert ("sklearn.linear_model._base", "LinearRegression") in names
    seen = set()

    class Spy(pickle.Unpickler):
        def find_class(self, module, name):
            seen.add((module, name))
            return super().find_class(module, name)

    import io  # noqa: PLC0415 - used here alone

    whole = pack([LinearRegression(), Path("x"), np.float64(1), BIG])
    with warnings.catch_warnings(action="error"):
        Spy(io.BytesIO(whole.parts[0]), buffers=whole.parts[1:]).load()
    assert names == seen
