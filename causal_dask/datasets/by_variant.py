"""Count the rows of each variant, for the display of data. Knows no data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from causal_dask.datasets.arguments import Floats, Integers


def by_variant(w: Integers, y: Floats | Integers) -> pd.DataFrame:
    """The number of rows of each variant, and the mean of their outcomes."""
    variants = pd.Index(np.unique(w), name="variant")
    own = [w == variant for variant in variants]
    means = [float(y[rows].mean()) for rows in own]
    return pd.DataFrame(
        {"rows": [int(rows.sum()) for rows in own], "mean outcome": means}, index=variants
    )
