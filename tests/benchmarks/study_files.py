"""Writes a study as Parquet: ``python -m tests.benchmarks.study_files folder rows [columns]``.

Columns x0, x1, … of float32, an outcome y and variants w, with an effect of x1.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import Table

N_COLUMNS = 78
ROWS_OF_A_PART = 250_000


def write_study(folder, n_rows, n_columns=N_COLUMNS):
    """Write the parts of a study of so many rows."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, n_rows, ROWS_OF_A_PART)):
        part = _part(number, min(ROWS_OF_A_PART, n_rows - start), n_columns)
        table = Table.from_pandas(part, preserve_index=False)
        pq.write_table(table, folder / f"part.{number}.parquet", row_group_size=100_000)


def _part(number, n_rows, n_columns):
    random = np.random.default_rng(number)
    X = random.standard_normal((n_rows, n_columns), dtype=np.float32)
    w = random.integers(0, 2, n_rows)
    y = X[:, 0] + w * X[:, 1] + random.standard_normal(n_rows, dtype=np.float32)
    frame = pd.DataFrame(X, columns=[f"x{n}" for n in range(n_columns)], copy=False)
    return frame.assign(y=y.astype(np.float32), w=w)


if __name__ == "__main__":
    write_study(sys.argv[1], *map(int, sys.argv[2:]))
