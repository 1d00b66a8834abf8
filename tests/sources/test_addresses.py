"""Files at addresses are the same tables as those of this machine."""

import re
import uuid

import dask
import fsspec
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.linear_model import Ridge

from causal_dask import InvalidInput, TLearner, load
from causal_dask.datasets import make_study
from causal_dask.runtime.shared_files import own_file
from causal_dask.sources.file_table import file_table

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(50, 2)).astype(np.float32), columns=["a", "b"])
WRITE = {".parquet": pd.DataFrame.to_parquet, ".feather": pd.DataFrame.to_feather}


@pytest.fixture(autouse=True)
def spooled(tmp_path):
    with dask.config.set({"temporary-directory": str(tmp_path / "spool")}):
        yield


@pytest.fixture
def base():
    """A folder of its own in fsspec's memory."""
    address = f"memory://{uuid.uuid4().hex}"
    yield address
    system, path = fsspec.url_to_fs(address)
    system.rm(path, recursive=True)


def write(frame, address, ending=".parquet"):
    with fsspec.open(address, "wb") as file:
        WRITE[ending](frame.reset_index(drop=True), file)


@pytest.mark.parametrize("ending", WRITE)
def test_a_folder_is_read_in_the_order_of_its_numbers(ending, base, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    for number, part in ((2, FRAME[:20]), (10, FRAME[20:])):
        write(part, f"{base}/part.{number}{ending}", ending)
        WRITE[ending](part.reset_index(drop=True), here / f"part.{number}{ending}")
    write(FRAME, f"{base}/_hidden/part.0{ending}", ending)
    for given in (base, f"{base}/", f"{base}/part.*{ending}"):
        found = file_table(given)
        assert [file.rpartition("/")[2] for file in found.files] == [
            f"part.2{ending}", f"part.10{ending}"
        ]  # fmt: skip
        assert found.n_rows == len(FRAME)
        assert_frame_equal(found.open(own_file), file_table(here).open(own_file))


def test_columns_are_in_names_of_folders(base):
    write(FRAME[:20], f"{base}/site=A/x.parquet")
    write(FRAME[20:], f"{base}/site=B/x.parquet")
    found = file_table(base)
    assert found.columns == ("a", "b", "site")
    assert found["site"].tolist() == ["A"] * 20 + ["B"] * 30


def test_a_file_that_changes_is_another_table_and_says_so(base):
    write(FRAME, f"{base}/x.parquet")
    before = file_table(base)
    write(FRAME[:40], f"{base}/x.parquet")
    assert file_table(base).content_fingerprint != before.content_fingerprint
    with pytest.raises(InvalidInput, match="have changed since they were looked at"):
        before.open(own_file)
    fsspec.url_to_fs(base)[0].rm(f"{base}/x.parquet")
    with pytest.raises(FileNotFoundError, match=r"x\.parquet' is not there on"):
        before.open(own_file)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("memory://none/x.parquet", "where no such files are."),
        ("memory://none/*.parquet", "where no such files are."),
        ("nowhere://x/y.parquet", "which cannot be read: Protocol not known: nowhere"),
    ],
)
def test_an_address_that_means_no_table_says_why(given, said):
    with pytest.raises(InvalidInput, match=re.escape(f"'X' is the address {given!r}, {said}")):
        file_table(given)


def test_arrays_are_mapped_from_this_machine_only(base):
    with fsspec.open(f"{base}/x.npy", "wb") as file:
        np.save(file, FRAME.to_numpy())
    with pytest.raises(InvalidInput, match=r"of an \.npy file, which can be mapped from this"):
        file_table(f"{base}/x.npy")


def test_a_learner_takes_an_address_as_it_takes_a_folder(base):
    study = make_study(300, random_state=0)
    table = pd.DataFrame(study.X).add_prefix("x").assign(outcome=study.y, arm=study.w)
    write(table, f"{base}/x.parquet")
    learner = TLearner(nuisance_model_factory=Ridge, n_folds=2, random_state=0)
    there = learner.fit(base, "outcome", "arm").predict(base)
    assert np.array_equal(there, learner.fit(study.X, study.y, study.w).predict(study.X))


@pytest.mark.parametrize("address", ["s3://bucket/store", "file:///tmp/store"])
def test_an_address_is_no_folder(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = make_study(100, n_variants=2, random_state=0)
    learner = TLearner(nuisance_model_factory=Ridge, n_folds=2).fit(study.X, study.y, study.w)
    for call in (
        lambda: learner.fit(study.X, study.y, study.w, store=address),
        lambda: learner.save(address),
        lambda: learner.predict_to_parquet(study.X, address),
        lambda: load(address),
    ):
        with pytest.raises(InvalidInput, match="is an address, to which nothing is written"):
            call()
    assert not list(tmp_path.iterdir())
