"""How a text file is laid out: its encoding, the separator of its fields, the names of columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.numbers_in_text import looks_like_a_number
from causal_dask.sources.addresses import is_address, opened
from causal_dask.sources.pyarrow import pyarrow

SEPARATORS = "\t;|, "
"""The separators that are tried; of those that fit equally well, the first is taken."""

SAMPLE = 1 << 16
"""The number of characters from which the separator is found."""

FEW = 3
"""The fewest lines in a sample: a header may be longer than ``SAMPLE``."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The first bytes by which a file says its encoding; UTF-32's begin like UTF-16's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a text file: the first ``n_before`` lines are not rows.

    A column without a name is called "". The first one of these names rows, others are empty.
    """

    encoding: str
    separator: str
    names: tuple[str, ...]
    n_before: int


@contextmanager
def opened_bytes(file: str) -> Iterator[IO[bytes]]:
    """A file, decompressed if its ending says that it is compressed."""
    if is_address(file):
        with opened(file, compression="infer") as binary:
            yield binary
        return
    with pyarrow().input_stream(file, compression="detect") as binary:
        yield binary


@contextmanager
def opened_text(file: str, encoding: str) -> Iterator[IO[str]]:
    """A text file with its line ends as they are."""
    with opened_bytes(file) as binary, io.TextIOWrapper(binary, encoding, newline="") as text:
        yield text


def layout_of(file: str, encoding: str | None) -> Layout:
    """The layout of a text file, by its first rows."""
    encoding = encoding or _encoding_of(file)
    with opened_text(file, encoding) as text:
        sample, is_whole = _sample(text)
    if "\0" in sample:
        raise InvalidInput(
            f"{file} has zero bytes, so it is not text in {encoding}. Set data.encoding, such as "
            "utf-16-le, or save it as UTF-8."
        )
    told, n_before = _told_separator(sample)
    lines = list(io.StringIO(sample, newline=""))[n_before:]
    heads = {each: _head(lines, each, is_whole) for each in (told or SEPARATORS)}
    separator = max(heads, key=lambda each: _fit(heads[each]))
    if not heads[separator]:
        raise InvalidInput(f"{file} is empty. The table has no rows.")
    names = _names(file, heads[separator], lines[1:])
    return Layout(encoding, separator, names, n_before + _header_lines(lines, separator))


def _sample(text: IO[str]) -> tuple[str, bool]:
    """The first characters with at least a few lines, and whether that is the whole file."""
    sample = text.read(SAMPLE)
    while sample.count("\n") < FEW and (more := text.read(SAMPLE)):
        sample += more
    return sample, not text.read(1)


def _encoding_of(file: str) -> str:
    """The encoding that a file's first bytes tell, or else UTF-8."""
    with opened_bytes(file) as binary:
        first = binary.read(4)
    return next((name for mark, name in BYTE_ORDER_MARKS if first.startswith(mark)), "utf-8")


def _told_separator(sample: str) -> tuple[str, int]:
    """The separator that a first line such as ``sep=;`` tells, and the number of such lines."""
    first = sample.split("\n", 1)[0].strip("\r\ufeff").strip('"')
    return (first[4], 1) if first.startswith("sep=") and len(first) == len("sep=;") else ("", 0)


def _records(lines: list[str], separator: str) -> Iterator[list[str]]:
    """The fields of each record; quotes protect separators and line ends."""
    return iter(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True))


def _head(lines: list[str], separator: str, is_whole: bool) -> list[list[str]]:
    """The first records if this is the separator, without one that may have been cut off."""
    found: list[list[str]] = []
    with suppress(csv.Error):  # what came before it will do; the mistake is told when all is read
        found.extend(record for record in _records(lines, separator) if record)
    return found if is_whole or len(found) < 2 else found[:-1]


def _fit(head: list[list[str]]) -> tuple[float, int]:
    """How well a separator fits: the share of rows as long as the header, and the length."""
    if not head or len(head[0]) < 2:
        return 0.0, 0
    width = len(head[0])
    fitting = sum(len(record) >= width for record in head)
    usual = max(sum(len(record) == width + more for record in head[1:]) for more in (0, 1, -1))
    return round(min(fitting, usual + 1) / len(head), 1), width


def _header_lines(lines: list[str], separator: str) -> int:
    """The number of lines up to the end of the header, whose names may have line ends in them."""
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    next(record for record in reader if record)
    return reader.line_num


def _names(file: str, head: list[list[str]], lines: list[str]) -> tuple[str, ...]:
    """The names of the columns, also of those that only the rows have."""
    names = [name.strip().lstrip("\ufeff") for name in head[0]]
    if len(names) > 1 and all(map(looks_like_a_number, names)):
        raise InvalidInput(
            f"{file}, line 1: the columns have no names, as this line has numbers only. Put the "
            "names in the first line."
        )
    longer = len(head) > 1 and all(len(row) == len(names) + 1 for row in head[1:])
    if longer and not any(row[-1].strip() for row in head[1:]):
        names = [*names, ""]  # rows end in a separator, the header does not
    elif longer and _begin_with_names(head[1:], lines):
        names = ["", *names]  # R's write.table leaves out the name of the names of rows
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(
            f"{file}, line 1: the column {twice!r} is there {names.count(twice)} times. Give each "
            "a name of its own."
        )
    return tuple(names)


def _begin_with_names(rows: list[list[str]], lines: list[str]) -> bool:
    """Whether rows begin with names, as R writes them: in quotes, all different, or 1, 2, 3 …

    Otherwise the header may lack another column, or a decimal comma have split a field.
    """
    first = [row[0] for row in rows]
    are_quoted = all(line.startswith('"') for line in lines if line.strip())
    are_counted = first == [str(number) for number in range(1, len(first) + 1)]
    return len(set(first)) == len(first) and (are_quoted or are_counted)
