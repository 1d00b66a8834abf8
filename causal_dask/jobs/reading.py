"""From a job file to a checked job. Errors say the file, the line, the key, and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import reduce
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from causal_dask.errors import InvalidJob
from causal_dask.jobs.schema import Address, Anywhere, Job, SchedulerFile

Key = tuple[str | int, ...]
"""Where something is in a file: names of keys, and positions in lists."""


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job, where it was read, and on which line each key is."""

    path: Path
    job: Job
    lines: Mapping[Key, int]

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return self.path.parent

    def located(self, given: str | Path) -> Path:
        """A path of the job file, from the root."""
        return self.folder / Path(given).expanduser()

    def where(self, *key: str | int) -> str:
        """The file, line and name of a key, for an error."""
        return place(self.path, self.lines, key)

    def altered(
        self, output: str | None, address: str | None, scheduler_file: str | None
    ) -> JobFile:
        """The same with what a command line says instead; its paths start from where it is."""
        job, here = self.job, Path.cwd()
        if output:
            job = job.model_copy(update={"output": str(here / Path(output).expanduser())})
        if address or scheduler_file:
            common = job.run.model_dump(include=set(Anywhere.model_fields))
            if address:
                place: Any = Address(where="address", address=address, **common)
            else:
                at = str(here / Path(str(scheduler_file)).expanduser())
                place = SchedulerFile(where="scheduler-file", scheduler_file=at, **common)
            job = job.model_copy(update={"run": place})
        return replace(self, job=job)

    def wrong(self, key: Key, what: str) -> InvalidJob:
        """The error that something is wrong at a key."""
        return InvalidJob(f"{self.where(*key)}: {what}")


def read_job(path: str | Path) -> JobFile:
    """The job in a file.

    Raises
    ------
    InvalidJob
        If there is no such file, if it is no YAML, or if it says something that no job can.
    """
    path = Path(path).expanduser().absolute()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InvalidJob(
            f"{path}: there is no such job file. 'causal-dask init' writes one to start from."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidJob(f"{path}: the job file cannot be read: {error}") from error
    said, lines = _parsed(path, text)
    try:
        return JobFile(path, Job.model_validate(said), lines)
    except ValidationError as error:
        told = [_told(path, lines, said, each) for each in error.errors()]
        raise InvalidJob("\n".join(dict.fromkeys(told))) from error


def place(path: Path, lines: Mapping[Key, int], key: Sequence[str | int]) -> str:
    """The file, the line of a key or of what it would be in, and its name."""
    known = next((tuple(key[:n]) for n in range(len(key), 0, -1) if tuple(key[:n]) in lines), ())
    line = f", line {lines[known]}" if known in lines else ""
    return f"{path.name}{line}" + (f", {dotted(key)}" if key else "")


def dotted(key: Sequence[str | int]) -> str:
    """A key as it is written in errors and docs: ``learners[1].models.nuisance``."""
    return reduce(_joined, key, "")


def _joined(before: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{before}[{step}]"
    return f"{before}.{step}" if before else step


def _parsed(path: Path, text: str) -> tuple[Any, dict[Key, int]]:
    """What a file says, and the line of each key."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = dict(_lines(path, root)) if root is not None else {}
        said = yaml.safe_load(text)
    except RecursionError as error:
        raise InvalidJob(
            f"{path.name}: an anchor (&) is used inside itself. Write out what it means."
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise InvalidJob(
            f"{path.name}{line}: this is not YAML: {error.problem}. Check the indentation, the "
            "colons and the quotes around here."
        ) from error
    except yaml.YAMLError as error:
        raise InvalidJob(f"{path.name}: this is not YAML: {error}") from error
    if not isinstance(said, dict):
        raise InvalidJob(
            f"{path.name}: a job file has keys such as 'data:' and 'learners:'. Got "
            f"{'nothing' if said is None else type(said).__name__}. 'causal-dask init' writes one "
            "to start from."
        )
    return said, lines


def _lines(path: Path, node: yaml.Node, key: Key = ()) -> Iterator[tuple[Key, int]]:
    """The line of each key below a node; a key that is there twice is an error."""
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield (*key, position), child.start_mark.line + 1
            yield from _lines(path, child, (*key, position))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, child in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode) or not name.tag.endswith((":str", ":merge")):
                raise InvalidJob(
                    f"{place(path, {(): line}, ())}: a key must be a word. Got {name.value!r}: put "
                    "it in quotes, or correct it."
                )
            if name.value in seen:
                raise InvalidJob(
                    f"{place(path, {(): line}, ())}: the key {dotted((*key, name.value))!r} is "
                    f"also on line {seen[name.value]}. Keep one of them."
                )
            seen[name.value] = line
            yield (*key, name.value), line
            yield from _lines(path, child, (*key, name.value))


def _told(path: Path, lines: Mapping[Key, int], said: Any, error: Mapping[str, Any]) -> str:
    """One of pydantic's errors in our words."""
    key = _key_in_file(error["loc"], said)
    if error["type"].startswith("union_tag"):
        key = (*key, "where")
    return f"{place(path, lines, key)}: {_what(key, said, error)}"


def _what(key: Key, said: Any, error: Mapping[str, Any]) -> str:
    """What is wrong at a key, what was found, and what to write."""
    kind, given = error["type"], error["input"]
    if kind == "missing":
        return f"this key is missing. Add it{_about(key, said, ': {}')}."
    if kind == "extra_forbidden":
        return f"there is no such key. {_meant(key, said)}"
    if kind == "value_error":
        return f"{error['ctx']['error']}."
    must, remedy = _must(kind, error["msg"]), ""
    if kind.startswith("union_tag"):
        must, given = f"must be one of {', '.join(_places())}", given.get("where")
    elif kind == "string_type" and not isinstance(given, dict | list | None):
        remedy = ": put it in quotes"
    return f"{must}{_about(key, said, ' ({})')}. Got {given!r}{remedy}."


def _must(kind: str, told: str) -> str:
    """What something must be; pydantic calls sections models and dictionaries."""
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return "must be a section with keys"
    return re.sub("^(Input|String|List) should", "must", told)


def _key_in_file(loc: Sequence[str | int], said: Any) -> Key:
    """Where an error is, without the names that pydantic gives to alternatives."""
    key: list[str | int] = []
    for number, step in enumerate(loc):
        is_last = number == len(loc) - 1
        if number == 1 and loc[0] == "run" and step in _places():
            continue
        if isinstance(said, list) and isinstance(step, int):
            key.append(step)
            said = said[step] if step < len(said) else None
        elif isinstance(said, dict) and (step in said or is_last):
            key.append(step)
            said = said.get(step)
    return tuple(key)


def _section(key: Key, said: Any) -> type[BaseModel]:
    """The part of the schema that describes what is at a key."""
    section: type[BaseModel] = Job
    for step in key:
        if isinstance(step, str):
            found = _sections(section.model_fields[_field(section, step)].annotation)
            section = found[0] if step != "run" else _run_section(found, said["run"])
    return section


def _run_section(sections: list[type[BaseModel]], run: Any) -> type[BaseModel]:
    """The section of the place that a job file names; the first if there is no such place."""
    where = run.get("where", "local")
    return next((each for each in sections if where in _tags(each)), sections[0])


def _sections(annotation: Any) -> list[type[BaseModel]]:
    """The sections that an annotation names, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _field(section: type[BaseModel], name: str | int) -> str:
    """The field that a key of a file means."""
    aliases = {field.alias or known: known for known, field in section.model_fields.items()}
    return aliases[str(name)]


def _tags(section: type[BaseModel]) -> tuple[str, ...]:
    """The places that a section is for."""
    return get_args(section.model_fields["where"].annotation)


def _places() -> list[str]:
    """All places where a job can run."""
    sections = _sections(Job.model_fields["run"].annotation)
    return [tag for section in sections for tag in _tags(section)]


def _meant(key: Key, said: Any) -> str:
    """Which keys there are beside an unknown one, and which of them may be meant."""
    section = _section(key[:-1], said)
    known = [field.alias or name for name, field in section.model_fields.items()]
    close = get_close_matches(str(key[-1]), known, 1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"The keys here are {', '.join(known)}."


def _about(key: Key, said: Any, form: str) -> str:
    """What a key is for, in a form; nothing if it is no key of ours."""
    try:
        section = _section(key[:-1], said)
        about = section.model_fields[_field(section, key[-1])].description
    except (KeyError, IndexError):
        return ""
    return form.format(about) if about else ""
