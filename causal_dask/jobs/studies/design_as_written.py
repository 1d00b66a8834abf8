"""Values of a design that YAML does not read as people do, such as 1e3 as a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.read import YamlFile
from causal_dask.jobs.studies.schema import StudyContents

NUMBER = re.compile(r"[-+]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
"""Numbers as people write them, of which YAML reads some as words."""

OCTAL = re.compile(r"[-+]?0[\d_]+")


def check_design(file: YamlFile[StudyContents]) -> None:
    """Raise if a value without quotes is read as something else than it looks like."""
    for key, value in _values(file.contents.design, ("design",)):
        text = file.texts.get(key)
        if text is not None and (said := _read_otherwise(text, value)):
            raise file.wrong(
                key, f"YAML reads {text} as {said}, or put it in quotes if it is text."
            )


def _values(given: Any, key: Key) -> Iterator[tuple[Key, Any]]:
    """The values in lists and sections, with their keys."""
    if isinstance(given, dict):
        steps: Sequence[tuple[Any, Any]] = list(given.items())
    elif isinstance(given, list):
        steps = list(enumerate(given))
    else:
        yield key, given
        return
    for step, value in steps:
        yield from _values(value, (*key, step))


def _read_otherwise(text: str, value: Any) -> str:
    """What YAML reads and what to write in its place; "" if it reads what people do."""
    if isinstance(value, bool):
        meant = str(value).lower()
        return "" if text.lower() == meant else f"the truth value {meant}. Write {meant}"
    if isinstance(value, str):
        is_number = NUMBER.fullmatch(text) is not None
        return f"a word. Write the number as {_plainly(text)}" if is_number else ""
    if isinstance(value, int | float) and (":" in text or OCTAL.fullmatch(text)):
        return f"the number {value}. Write {value} if that is meant"
    return ""


def _plainly(text: str) -> str:
    """A number as YAML reads it; a comma may be a decimal sign, so that it is left to the user."""
    return "1000 or 0.5, without commas" if "," in text else repr(float(text))
