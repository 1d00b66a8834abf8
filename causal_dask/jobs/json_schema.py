"""Make the JSON schemas of job and study files from the models that read these files.

A schema is weaker than its model: it does not know what keys say about each other, such as that
``features`` and ``exclude`` must not both be given.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from causal_dask.jobs.job_file.schema import JobContents
from causal_dask.jobs.schema_files import Kind
from causal_dask.jobs.studies.schema import LACKING, StudyContents

CONTENTS: dict[Kind, type[BaseModel]] = {"job": JobContents, "study": StudyContents}

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The version that editors know: yaml-language-server checks all schemas by it."""


def made_schema(kind: Kind) -> str:
    """The text of a schema."""
    made = CONTENTS[kind].model_json_schema(ref_template="#/definitions/{model}")
    sections = made.pop("$defs")
    if kind == "study":
        sections = {name: _without(section, LACKING) for name, section in sections.items()}
    head = {"$schema": DRAFT, "title": f"A {kind} file of causal-dask"}
    whole = {**head, **_tidy(made), "definitions": _tidy(sections)}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _without(section: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """A section without some of its keys."""
    properties = section.get("properties", {})
    return {**section, "properties": {k: v for k, v in properties.items() if k not in keys}}


def _tidy(node: Any) -> Any:
    """A part of a schema without what only clutters the help that editors show."""
    if isinstance(node, list):
        return [_tidy(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not _is_clutter(key, value)}
    return {key: _tidy(value) for key, value in kept.items()}


def _is_clutter(key: str, value: Any) -> bool:
    """Whether pydantic repeats a name here, or gives a default that editors would write out."""
    if key == "default":
        return not isinstance(value, bool | int | float | str)
    return key == "title" and isinstance(value, str) or key == "discriminator"
