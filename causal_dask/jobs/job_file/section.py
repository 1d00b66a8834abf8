"""What all sections of a job file have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler

Label = str | int | float | bool
Count = Annotated[int, Field(ge=1)]
Columns = Annotated[list[str], Field(min_length=1)]


class Section(BaseModel):
    """A part of a job file: unknown keys and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


@dataclass(frozen=True, eq=False)
class OrShort:
    """In an annotation: the JSON schema of a shorter way to write a value, which is read, too."""

    form: dict[str, Any]

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [self.form, handler(schema)]}


class OrOneAlone:
    """In the annotation of a list: one element alone is read as a list of it."""

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


NOTHING = OrShort({"type": "null"})
"""A section without keys, which YAML reads as null."""


def first_duplicate(names: list[str]) -> str | None:
    """The first name that occurs more than once."""
    return next((name for name in names if names.count(name) > 1), None)


def empty_if_none(section: Any) -> Any:
    """A section without keys, which YAML reads as None, as an empty one."""
    return {} if section is None else section
