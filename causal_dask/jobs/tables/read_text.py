"""Read the rows of text files as columns of texts; whatever does not fit the header is refused."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.text_layout import Layout, layout_of, opened_bytes, opened_text
from causal_dask.sources.pyarrow import pyarrow

Texts = dict[str, Any]
"""Columns of texts, as Arrow's chunked arrays; the name "" is that of the rows' names."""

Parts = list[tuple[str, int]]
"""The files of a table, and the number of rows of each."""

SHOWN = 60
"""The most characters of a line that an error shows."""


def read_texts(files: Sequence[str], encoding: str | None) -> tuple[Texts, Parts, frozenset[str]]:
    """The columns of some text files, which must have the same, their rows, and separators."""
    read = [(file, *_read(file, encoding)) for file in files if _has_text(file)]
    if not read:
        raise InvalidInput(f"{files[0]} is empty. The table has no rows.")
    parts = [(file, texts) for file, texts, _ in read]
    separators = frozenset(separator for _, _, separator in read)
    first, expected = parts[0]
    for file, found in parts[1:]:
        differ = expected.keys() ^ found.keys()
        if differ:
            raise InvalidInput(
                f"{file} and {first} differ in the columns {sorted(differ)}. The files of a table "
                "must have the same."
            )
    chunks = {name: [c for _, part in parts for c in part[name].chunks] for name in expected}
    string = pyarrow().string()
    whole = {name: pyarrow().chunked_array(each, string) for name, each in chunks.items()}
    if not len(next(iter(whole.values()))):
        raise InvalidInput("The table has no rows.")
    return whole, [(file, len(next(iter(part.values())))) for file, part in parts], separators


def _has_text(file: str) -> bool:
    """Whether a file has any bytes: programs that write in parts leave empty ones."""
    with opened_bytes(file) as binary:
        return bool(binary.read(1))


def _read(file: str, encoding: str | None) -> tuple[Texts, str]:
    """The columns of one file that have a name or content, and the separator."""
    try:
        layout = layout_of(file, encoding)
        _check_quotes(file, layout)
        table = _rows(file, layout)
    except (UnicodeError, pyarrow().ArrowInvalid) as error:
        raise _not_in_encoding(file, encoding, error) from error
    except LookupError as error:
        raise InvalidInput(f"There is no encoding {encoding!r}. Correct data.encoding.") from error
    columns = [_trimmed(column) for column in table.columns]
    return _named(file, layout, columns), layout.separator


def _rows(file: str, layout: Layout) -> Any:
    """The rows of a file as texts; raises at the first that is not as long as the header."""
    arrow, wrong = pyarrow(), []

    def skip(row: Any) -> str:
        wrong.append(row)
        return "skip"

    names = [str(position) for position in range(len(layout.names))]
    with opened_bytes(file) as binary:
        table = arrow.csv.read_csv(
            binary,
            arrow.csv.ReadOptions(
                use_threads=False,  # else wrong rows have no numbers
                column_names=names,
                skip_rows=layout.n_before,
                encoding="utf8" if layout.encoding.startswith("utf-8") else layout.encoding,
            ),
            arrow.csv.ParseOptions(
                delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=skip
            ),
            arrow.csv.ConvertOptions(column_types=dict.fromkeys(names, arrow.string())),
        )
    if wrong:
        raise _ragged(file, layout, wrong[0])
    return table


def _ragged(file: str, layout: Layout, row: Any) -> InvalidInput:
    text = row.text if len(row.text) <= SHOWN else f"{row.text[:SHOWN]}…"
    is_near_the_top = row.number <= layout.n_before + 1
    title = "If line 1 is no header, remove it. " if is_near_the_top else ""
    return InvalidInput(
        f"{file}, line {row.number}: {text!r} has {row.actual_columns} fields instead of "
        f"{row.expected_columns}, by the separator {layout.separator!r}. {title}Complete or remove "
        f"the line, or put texts that have {layout.separator!r} in them into quotes."
    )


def _trimmed(texts: Any) -> Any:
    """Texts without blanks around them, and without quotes that came after a blank."""
    compute = pyarrow().compute
    return compute.replace_substring_regex(
        compute.utf8_trim_whitespace(texts), r'(?s)^"(.*)"$', r"\1"
    )


def _named(file: str, layout: Layout, columns: list[Any]) -> Texts:
    """Columns by name. Without a name there may be the first one, and empty ones."""
    is_row_filled = _any_filled(columns)
    named: Texts = {}
    for position, (name, texts) in enumerate(zip(layout.names, columns, strict=True)):
        filled = texts.filter(is_row_filled)
        if name or position == 0:
            named[name] = filled
        elif pyarrow().compute.any(pyarrow().compute.not_equal(filled, "")).as_py():
            raise InvalidInput(
                f"{file}, line 1: column {position + 1} has no name. Give it one, or remove it."
            )
    return named


def _any_filled(columns: list[Any]) -> Any:
    """Whether each row has any text: spreadsheets leave rows that have none."""
    compute = pyarrow().compute
    is_filled = compute.not_equal(columns[0], "")
    for texts in columns[1:]:
        is_filled = compute.or_(is_filled, compute.not_equal(texts, ""))
    return is_filled


def _check_quotes(file: str, layout: Layout) -> None:
    """Raise if a quote is left open, which would make one text of all that follows it."""
    if layout.encoding.startswith(("utf-16", "utf-32")):
        return
    with opened_bytes(file) as binary:
        n_quotes = sum(part.count(b'"') for part in iter(lambda: binary.read(1 << 20), b""))
    if n_quotes % 2 == 0:
        return
    with opened_text(file, layout.encoding) as text:
        reader = csv.reader(text, delimiter=layout.separator, skipinitialspace=True, strict=True)
        try:
            for _ in reader:
                pass
        except csv.Error as error:
            raise InvalidInput(
                f"{file}, line {reader.line_num}: the quotes do not match ({error}). Correct the "
                "line, or the quote that is open above it."
            ) from error


def _not_in_encoding(file: str, encoding: str | None, error: Exception) -> InvalidInput:
    """The error that a file is in another encoding than was thought, or else cannot be parsed."""
    is_encoding = isinstance(error, UnicodeError) or "UTF8" in str(error)
    if not is_encoding:
        return InvalidInput(f"{file} cannot be read as a table: {error}")
    if encoding is not None:
        return InvalidInput(f"{file} is not in {encoding} ({error}). Correct data.encoding.")
    return NotUtf8(
        f"{file} is not in UTF-8. Set data.encoding: cp1252 if Windows or Excel wrote it, or save "
        "it as UTF-8."
    )


class NotUtf8(InvalidInput):
    """A text file is not in UTF-8, and the job file names no other encoding."""
