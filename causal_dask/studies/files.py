"""The folder of a study: a file for each replication, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from causal_dask.errors import InvalidInput, Unreadable
from causal_dask.sources.whole_file import make_folder, write_json
from causal_dask.studies.design import identity

STUDY, FOLDER = "study.json", "replications"


class Measured(NamedTuple):
    """What a measure gave: numbers by name, and the error if it failed.

    One that failed of its worker, and may succeed on another, is to be run ``again``.
    """

    numbers: Mapping[str, float]
    error: str = ""
    again: bool = False


Kept = dict[str, dict[str, Measured]]
"""By the key of a learner and that of a measure."""


@dataclass(frozen=True, slots=True)
class Replications:
    """The replications in a folder."""

    folder: Path

    def path(self, setting: Mapping[str, Any], number: int) -> Path:
        """The file of a replication."""
        return self.folder / FOLDER / identity(setting) / f"{number:07}.json"

    def read(self, setting: Mapping[str, Any], number: int) -> Kept:
        """What is kept of a replication; nothing if it has not run."""
        path = self.path(setting, number)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return {
                learner: {key: Measured(**each) for key, each in measures.items()}
                for learner, measures in content["learners"].items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(
                f"{path} is damaged ({error}). Delete it, and the study runs it again."
            ) from error

    def write(self, setting: Mapping[str, Any], number: int, kept: Kept) -> None:
        """Keep a replication."""
        path = self.path(setting, number)
        make_folder(path.parent)
        learners = {
            learner: {key: each._asdict() for key, each in measures.items()}
            for learner, measures in kept.items()
        }
        write_json(path, {"setting": dict(setting), "replication": number, "learners": learners})

    def numbers(self, setting: Mapping[str, Any]) -> list[int]:
        """The numbers of the replications of a setting that are kept."""
        folder = self.folder / FOLDER / identity(setting)
        return sorted(int(path.stem) for path in folder.glob("[0-9]*.json"))


def open_folder(folder: Path, data_key: str) -> Replications:
    """The replications in a folder; raises if they are of other data than this study's."""
    path = folder / STUDY
    if not path.exists():
        # hidden files are those of parts of the study that have started at the same moment
        if folder.exists() and any(not each.name.startswith(".") for each in folder.iterdir()):
            raise InvalidInput(
                f"'folder' {folder} has other files in it. Name an empty or new folder."
            )
        make_folder(folder)
        write_json(path, {"about": "A study of causal-dask.", "data": data_key})
    known = json.loads(path.read_text(encoding="utf-8")).get("data")
    if known != data_key:
        raise InvalidInput(
            f"'folder' {folder} has replications of another 'generate' or 'seed'. Name another "
            "folder, or delete it to start again."
        )
    return Replications(folder)
