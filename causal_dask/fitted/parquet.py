"""Predictions that the workers write: never more than a block of rows in one task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.blocks import blocks_of, ranges
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.output import effect_names
from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, node
from causal_dask.graph.note import Note
from causal_dask.sources.addresses import folder_here
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.sources.whole_file import make_folder
from causal_dask.study.study import NewRows
from causal_dask.tasks.write_parquet import write_part


@dataclass(frozen=True, slots=True)
class Writing:
    """Where effects go, what their columns are called, and what is made of repeats."""

    folder: Path
    names: tuple[str, ...]
    aggregation: str

    def nodes(self, compilers: Sequence[Compiler], rows: Rows) -> Iterator[Node]:
        """The nodes that write the effects at some rows, a file for each block of them."""
        if isinstance(rows, NewRows):
            for part, block in enumerate(blocks_of(rows)):
                yield self._write(compilers, block, part, None)
            return
        for part, block_rows in enumerate(ranges(len(compilers[0].study.w.value))):
            yield self._write(compilers, rows, part, block_rows)

    def _write(
        self, compilers: Sequence[Compiler], rows: Rows, part: int, block: tuple[int, int] | None
    ) -> Node:
        effects = [answers.effects(compiler, rows) for compiler in compilers]
        values = answers.combine(compilers, effects, self.aggregation)
        path = str(self.folder / f"part.{part:06d}.parquet")
        made = node(write_part, {"values": values}, path=path, names=self.names, rows=block)
        compilers[0].notes[made.key] = Note(Label("writing of effects", f"part {part}"))
        return made


def write_effects(fitted: Fitted, target: Target, folder: Any, aggregation: str) -> Path:
    """Write the effects at a target and return their folder."""
    pyarrow()  # raises here, not on the workers, if it is not installed
    names = effect_names(fitted.prepared.variants, fitted.prepared.classes)
    writing = Writing(_make_folder(folder), tuple(names), aggregation)
    fitted.ask_all(target, lambda compilers: list(writing.nodes(compilers, target.rows)))
    if not any(writing.folder.glob("*.parquet")):
        raise InvalidInput(
            f"The workers have written into a folder {str(writing.folder)!r} that is not the one "
            "here. Pass a 'folder' on a filesystem that they share with the client."
        )
    return writing.folder


def _make_folder(folder: Any) -> Path:
    """Make a folder, or take an empty one."""
    path = folder_here(folder, "folder")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InvalidInput(
            f"There is something in the 'folder' {str(path)!r}. Pass one that does not exist, or "
            "is empty."
        )
    make_folder(path)
    return path
