"""YAML with line numbers: the contents of a job file, and the line of each of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from causal_dask.errors import InvalidJob
from causal_dask.jobs.job_file.build_yaml import build, check_size

Key = tuple[str | int, ...]
"""The path to a value in a file: names of keys, and positions in lists."""

Lines = Mapping[Key, int]
"""The line number of each key."""


def location(path: Path, lines: Lines, key: Sequence[str | int]) -> str:
    """The file, line and name of a key; a key that is missing has the line of its section."""
    parents = (tuple(key[:n]) for n in range(len(key), 0, -1))
    present = next((parent for parent in parents if parent in lines), ())
    line = f", line {lines[present]}" if present in lines else ""
    return f"{path.name}{line}" + (f", {dotted(key)}" if key else "")


def dotted(key: Sequence[str | int]) -> str:
    """A key as it is written in errors and docs: ``learners[1].models.nuisance``."""
    return reduce(_append, key, "")


def _append(parent: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{parent}[{step}]"
    return f"{parent}.{step}" if parent else step


def parse_yaml(path: Path, text: str) -> tuple[Any, dict[Key, int], dict[Key, str]]:
    """The contents of a file, the line of each key, and the texts of values without quotes."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        check_size(path, root)
        lines = dict(_key_lines(path, root)) if root is not None else {}
        texts = dict(scalar_texts(root))
        contents = build(path, root)
    except RecursionError as error:
        raise InvalidJob(
            f"{path.name}: sections are nested too deeply. Write fewer inside each other."
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
    if not isinstance(contents, dict):
        got = "nothing" if contents is None else type(contents).__name__
        raise InvalidJob(
            f"{path.name}: a job file has keys such as 'data:' and 'learners:'. Got {got}. "
            "'causal-dask init' writes one to start from."
        )
    return contents, lines, texts


def scalar_texts(node: yaml.Node | None, key: Key = ()) -> Iterator[tuple[Key, str]]:
    """The text of each value without quotes, such as ``no`` where YAML reads False, by its key."""
    if isinstance(node, yaml.ScalarNode) and node.style is None:
        yield key, node.value
    elif isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield from scalar_texts(child, (*key, position))
    elif isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            yield from scalar_texts(child, (*key, name.value))


def _key_lines(path: Path, node: yaml.Node, key: Key = ()) -> Iterator[tuple[Key, int]]:
    """The line of each key below a node; raises if a section has a key twice."""
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield (*key, position), child.start_mark.line + 1
            yield from _key_lines(path, child, (*key, position))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, child in node.value:
            line = name.start_mark.line + 1
            here = location(path, {(): line}, ())
            if not isinstance(name, yaml.ScalarNode) or not name.tag.endswith((":str", ":merge")):
                raise InvalidJob(
                    f"{here}: a key must be a word. Got {name.value!r}: put it in quotes, or "
                    "correct it."
                )
            if name.value in seen:
                raise InvalidJob(
                    f"{here}: the key {dotted((*key, name.value))!r} is also on line "
                    f"{seen[name.value]}. Keep one of them."
                )
            seen[name.value] = line
            yield (*key, name.value), line
            yield from _key_lines(path, child, (*key, name.value))
