"""Files are for their owner alone, and others' are not opened without a word of trust."""

import os
import pickle
import stat
import subprocess
import sys

import dask
import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, StoreWarning, load
from causal_dask.datasets import make_study
from causal_dask.storage.owners import check_owner, is_own
from causal_dask.storage.store import MISSING, Store
from tests.catalogue import learner_of

STUDY = make_study(120, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def modes_in(folder):
    found = [folder, *folder.rglob("*")]
    return {stat.S_IMODE(path.stat().st_mode) for path in found}


@pytest.fixture
def kept(tmp_path):
    """A store and a saved learner."""
    learner = learner_of().fit(*DATA, store=tmp_path / "store")
    learner.save(tmp_path / "saved")
    learner.predict_to_parquet(STUDY.X, tmp_path / "effects")
    return tmp_path


def test_nobody_else_can_read_what_is_kept(kept):
    for name in ("store", "saved", "effects"):
        assert modes_in(kept / name) <= {0o700, 0o600}


@as_root
def test_another_user_cannot_read_them(kept):
    kept.chmod(0o755)
    for name in ("store", "saved"):
        path = next(p for p in (kept / name).rglob("*") if p.is_file())
        read = subprocess.run(
            ["/usr/bin/setpriv", f"--reuid={NOBODY}", "--clear-groups", "cat", path],
            check=False, capture_output=True,
        )  # fmt: skip
        assert read.returncode != 0


def test_the_umask_decides_where_files_are_shared(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSAL_DASK_SHARED_FILES", "1")
    learner_of().fit(*DATA, store=tmp_path / "store")
    before = os.umask(0)
    os.umask(before)
    assert modes_in(tmp_path / "store") == {0o777 & ~before, 0o666 & ~before}


@as_root
def test_a_learner_of_another_user_is_loaded_only_with_trust(kept):
    for path in (kept / "saved", *(kept / "saved").rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    with pytest.raises(InvalidInput, match=r"belongs to another user \(nobody\).*trust=True"):
        load(kept / "saved")
    loaded = load(kept / "saved", trust=True)
    with dask.config.set({"causal_dask.trust": True}):
        assert np.array_equal(load(kept / "saved").predict(STUDY.X), loaded.predict(STUDY.X))


@as_root
def test_a_store_of_another_user_is_refused_and_single_files_are_run_again(kept):
    results = sorted((kept / "store").rglob("*.result"))
    os.chown(results[0], NOBODY, NOBODY)
    with pytest.warns(StoreWarning, match="belongs to another user. It is computed again"):
        learner_of().fit(*DATA, store=kept / "store")
    os.chown(kept / "store", NOBODY, NOBODY)
    with pytest.raises(InvalidInput, match=r"'causal_dask.trust' to True"):
        learner_of().fit(*DATA, store=kept / "store")
    with dask.config.set({"causal_dask.trust": True}):
        again = learner_of().fit(*DATA, store=kept / "store")
    assert isinstance(again.timings_, pd.DataFrame)


@as_root
def test_a_store_takes_its_trust_along_to_workers(tmp_path):
    Store(tmp_path).put("fit-0", 1.5)
    os.chown(Store(tmp_path).path("fit-0"), NOBODY, NOBODY)
    there = pickle.loads(pickle.dumps(Store(tmp_path, trust=True)))
    assert there.get("fit-0") == 1.5
    with pytest.warns(StoreWarning, match="another user"):
        assert Store(tmp_path).get("fit-0") is MISSING


LOOKS_IN = """
import os, sys
from causal_dask.storage.owners import check_owner
from causal_dask.storage.store import Store
store = Store(sys.argv[1])
os.setuid(65534)
check_owner(store.folder, "do so")
print("fit-0" in store)
"""


@as_root
def test_a_store_that_may_not_be_looked_into_has_nothing(tmp_path):
    Store(tmp_path / "closed" / "store").put("fit-0", 1.5)
    command = [sys.executable, "-c", LOOKS_IN, tmp_path / "closed" / "store"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


@as_root
def test_a_file_of_no_known_user_is_told_by_number(tmp_path):
    path = tmp_path / "file"
    path.touch()
    os.chown(path, 54321, 54321)
    assert not is_own(path)
    with pytest.raises(InvalidInput, match="number 54321"):
        check_owner(path, "do so")
    check_owner(tmp_path / "none", "do so")
