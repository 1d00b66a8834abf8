"""Errors of the schema in the words of job files: the key, what was found and what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from causal_dask.jobs.job_file.key_lines import Key, Lines, location
from causal_dask.jobs.job_file.schema import JobContents


@dataclass(frozen=True, slots=True)
class Given:
    """The contents of a file, and the schema that they must follow."""

    contents: Any
    schema: type[BaseModel] = JobContents


def describe(path: Path, lines: Lines, given: Given, error: Mapping[str, Any]) -> str:
    """The message for one of pydantic's errors."""
    key = _key_in_file(error["loc"], given.contents)
    if error["type"].startswith("union_tag"):
        key = (*key, "where")
    return f"{location(path, lines, key)}: {_explain(key, given, error)}"


def _explain(key: Key, file: Given, error: Mapping[str, Any]) -> str:
    """What is wrong at a key, what was found, and what to write."""
    kind, given = error["type"], error["input"]
    if kind == "missing":
        return f"this key is missing. Add it{_purpose(key, file, ': {}')}."
    if kind == "extra_forbidden":
        return f"there is no such key. {_suggest(key, file)}"
    if kind == "value_error":
        return f"{error['ctx']['error']}."
    must, remedy = _requirement(kind, error["msg"]), ""
    if kind.startswith("union_tag"):
        must, given = f"must be one of {', '.join(_clusters())}", given.get("where")
    elif kind == "string_type" and not isinstance(given, dict | list | None):
        remedy = ": put it in quotes"
    return f"{must}{_purpose(key, file, ' ({})')}. Got {given!r}{remedy}."


def _requirement(kind: str, message: str) -> str:
    """What a value must be, in the words of job files: pydantic says "model" for a section."""
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return "must be a section with keys"
    return re.sub("^(Input|String|List) should", "must", message)


def _key_in_file(loc: Sequence[str | int], contents: Any) -> Key:
    """The key of an error, without the steps that pydantic adds for alternatives of a union."""
    key: list[str | int] = []
    for number, step in enumerate(loc):
        is_last = number == len(loc) - 1
        if number == 1 and loc[0] == "run" and step in _clusters():
            continue  # the tag of the union of clusters, which is not a key of the file
        if isinstance(contents, list) and isinstance(step, int):
            key.append(step)
            contents = contents[step] if step < len(contents) else None
        elif isinstance(contents, dict) and (step in contents or is_last):
            key.append(step)
            contents = contents.get(step)
    return tuple(key)


def _section_at(key: Key, file: Given) -> type[BaseModel]:
    """The part of the schema that describes the section at a key."""
    section = file.schema
    for step in key:
        if isinstance(step, str):
            found = _sections(section.model_fields[_field(section, step)].annotation)
            section = found[0] if step != "run" else _run_section(found, file.contents["run"])
    return section


def _run_section(sections: list[type[BaseModel]], run: Any) -> type[BaseModel]:
    """The section of the cluster that a job file names; the first if there is no such cluster."""
    where = run.get("where", "local") if isinstance(run, dict) else run  # a word alone is its value
    return next((each for each in sections if where in _clusters_of(each)), sections[0])


def _sections(annotation: Any) -> list[type[BaseModel]]:
    """The sections in an annotation, also those nested in lists and unions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _field(section: type[BaseModel], name: str | int) -> str:
    """The field of a section for a key of the file, which may be the field's alias."""
    by_key = {field.alias or known: known for known, field in section.model_fields.items()}
    return by_key[str(name)]


def _clusters_of(section: type[BaseModel]) -> tuple[str, ...]:
    """The values of ``where`` that a section is for."""
    return get_args(section.model_fields["where"].annotation)


def _clusters() -> list[str]:
    """All values of ``where``."""
    sections = _sections(JobContents.model_fields["run"].annotation)
    return [tag for section in sections for tag in _clusters_of(section)]


def _suggest(key: Key, file: Given) -> str:
    """The known key that is spelt like an unknown one, or else all known keys."""
    section = _section_at(key[:-1], file)
    known = [field.alias or name for name, field in section.model_fields.items()]
    close = get_close_matches(str(key[-1]), known, 1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"The keys here are {', '.join(known)}."


def _purpose(key: Key, file: Given, form: str) -> str:
    """The description of a key, put into a form; nothing if the schema has no such key."""
    try:
        section = _section_at(key[:-1], file)
        description = section.model_fields[_field(section, key[-1])].description
    except (KeyError, IndexError):
        return ""
    return form.format(description) if description else ""
