"""What is in a file of columns, from its metadata, and its rows a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from causal_dask.sources.paths import ARROW, PARQUET
from causal_dask.sources.pyarrow import pyarrow

BATCH = 1 << 14
"""Rows that are read at once, so that reading takes little memory whatever the file."""


BUFFER = 1 << 16
"""Bytes that are read ahead of each column, instead of all that a row group has of it."""


class Format(Protocol):
    """How files of one format are read."""

    def schema(self, file: str) -> Any:
        """The columns and their types."""

    def n_rows(self, file: str) -> int:
        """The number of rows."""

    def lacks_values(self, file: str, name: str) -> bool:
        """Whether a column has missing values, or it is not known whether it has."""

    def batches(self, file: str, names: Sequence[str]) -> Iterator[Any]:
        """The rows of some columns."""


class Parquet:
    """Files of row groups, with statistics."""

    def schema(self, file: str) -> Any:
        """The columns and their types."""
        return pyarrow().parquet.read_schema(file)

    def n_rows(self, file: str) -> int:
        """The number of rows."""
        return int(pyarrow().parquet.read_metadata(file).num_rows)

    def lacks_values(self, file: str, name: str) -> bool:
        """Whether any row group says so, or says nothing."""
        metadata = pyarrow().parquet.read_metadata(file)
        places = [metadata.schema.column(n).path for n in range(metadata.num_columns)]
        chunks = (metadata.row_group(n) for n in range(metadata.num_row_groups))
        found = (chunk.column(places.index(name)).statistics for chunk in chunks)
        return any(s is None or not s.has_null_count or s.null_count > 0 for s in found)

    def batches(self, file: str, names: Sequence[str]) -> Iterator[Any]:
        """The rows of some columns, row group by row group."""
        arrow = pyarrow()
        with arrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER) as opened:
            yield from opened.iter_batches(BATCH, columns=list(names), use_threads=False)
        arrow.default_memory_pool().release_unused()  # which would be kept for the next file


class Arrow:
    """Arrow IPC files; Feather is another name for them."""

    def schema(self, file: str) -> Any:
        """The columns and their types."""
        return pyarrow().ipc.open_file(file).schema

    def n_rows(self, file: str) -> int:
        """The number of rows."""
        return int(pyarrow().dataset.dataset(file, format="ipc").count_rows())

    def lacks_values(self, file: str, name: str) -> bool:
        """Whether it may: the file says nothing else."""
        return bool(self.schema(file).field(name).nullable)

    def batches(self, file: str, names: Sequence[str]) -> Iterator[Any]:
        """The rows of some columns, batch by batch."""
        arrow = pyarrow()
        with arrow.memory_map(file) as mapped:
            reader = arrow.ipc.open_file(mapped)
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number).select(list(names))


FORMATS: dict[str, Format] = {PARQUET: Parquet(), ARROW: Arrow()}
