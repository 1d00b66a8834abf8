"""Arrays and frames in files that are mapped into memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causal_dask.sources.mapped import let_go, write_mapped

VALUES = np.arange(4_000_000, dtype=np.float64).reshape(-1, 4)
TABLES = {"array": VALUES, "frame": pd.DataFrame(VALUES, columns=[*"abcd"], copy=False)}


@pytest.fixture
def opened(request, tmp_path):
    def file_for(name, ending, write):
        path = tmp_path / f"{name}{ending}"
        with path.open("wb") as file:
            write(file)
        return path

    return write_mapped(TABLES[request.param], "values", file_for).open(file_for)


def resident(path_part):
    """The bytes of files with such a name that are in this process's memory."""
    lines = Path("/proc/self/smaps").read_text("utf-8").splitlines()
    starts = [n for n, line in enumerate(lines) if path_part in line]
    sizes = [next(line for line in lines[n:] if line.startswith("Rss:")) for n in starts]
    return sum(1024 * int(size.split()[1]) for size in sizes)


@pytest.mark.parametrize("opened", TABLES, indirect=True)
def test_pages_that_were_read_are_let_go_and_read_again(opened, tmp_path):
    total = float(np.asarray(opened).sum())
    before = resident(str(tmp_path))
    let_go(opened)
    assert before > VALUES.nbytes / 2
    assert resident(str(tmp_path)) < VALUES.nbytes / 10
    assert float(np.asarray(opened).sum()) == total == VALUES.sum()


def test_what_was_written_to_a_mapped_file_is_not_lost(tmp_path):
    np.save(tmp_path / "values.npy", VALUES)
    changed = np.load(tmp_path / "values.npy", mmap_mode="c")
    changed[0, 0] = -1
    let_go(changed)
    assert changed[0, 0] == -1


@pytest.mark.parametrize("table", [VALUES, TABLES["frame"], pd.DataFrame(index=range(3)), None])
def test_tables_in_memory_are_left_as_they_are(table):
    let_go(table)
    assert resident("values.npy") == 0
