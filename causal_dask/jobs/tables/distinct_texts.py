"""A column of texts as its distinct texts, so that patterns are tried once for each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.sources.pyarrow import pyarrow


@dataclass(frozen=True, slots=True)
class DistinctTexts:
    """The distinct texts of a column, perhaps changed, and what is needed to get the rows back.

    ``codes`` has the position of each row's text, missing where the text is; ``counts`` has the
    number of rows of each text. A changed text may be missing, too.
    """

    texts: Any
    codes: Any
    counts: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def n_values(self) -> int:
        """The number of rows whose text is not missing."""
        return self.n_rows_where(pyarrow().compute.is_valid(self.texts))

    def n_matches(self, pattern: str) -> int:
        """The number of rows whose text matches a pattern."""
        return self.n_rows_where(self.matches(pattern))

    def n_different(self, pattern: str) -> int:
        """The number of different texts that match a pattern."""
        return int(pyarrow().compute.sum(self.matches(pattern)).as_py() or 0)

    def matches(self, pattern: str) -> Any:
        """Whether each distinct text matches a pattern; missing ones do not."""
        compute = pyarrow().compute
        return compute.fill_null(compute.match_substring_regex(self.texts, pattern), False)

    def n_rows_where(self, are_chosen: Any) -> int:
        """The number of rows with one of some distinct texts."""
        return int(self.counts[np.asarray(are_chosen)].sum())

    def changed(self, texts: Any) -> DistinctTexts:
        """The same rows with other texts in place of the distinct ones."""
        return replace(self, texts=texts)

    def rows_of(self, values: Any) -> Any:
        """The value of each row, given that of each distinct text."""
        return values.take(self.codes)


def distinct_texts(texts: Any) -> DistinctTexts:
    """The distinct texts of a column of Arrow."""
    encoded = texts.dictionary_encode().unify_dictionaries()
    codes = pyarrow().chunked_array([chunk.indices for chunk in encoded.chunks])
    known = encoded.chunk(0).dictionary
    counts = np.bincount(codes.drop_null().to_numpy(), minlength=len(known))
    return DistinctTexts(known, codes, counts)


def words(texts: Any) -> pd.Series[Any]:
    """Texts as objects of Python, missing ones as None."""
    return pd.Series(texts.to_pylist(), dtype=object)


def categories(texts: Any) -> pd.Series[Any]:
    """Texts as categories in the order of the alphabet."""
    column = distinct_texts(texts)
    order = pd.Index(column.texts.to_pylist(), dtype=object)
    codes = column.codes.to_pandas().fillna(-1).astype("int64")
    values = pd.Categorical.from_codes(codes, categories=order)
    return pd.Series(values.reorder_categories(sorted(order)))


def as_written(texts: Any) -> pd.Series[Any]:
    """Names as they are written; whole numbers, if all are in their usual form, are numbers."""
    is_usual = pyarrow().compute.match_substring_regex(texts, r"^(?:0|-?[1-9]\d{0,17})$")
    if not texts.null_count and pyarrow().compute.all(is_usual).as_py():
        return texts.cast(pyarrow().int64()).to_pandas()
    return words(texts)
