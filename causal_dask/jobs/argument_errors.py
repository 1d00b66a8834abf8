"""Turn errors about arguments of ``fit`` and of learners into errors about keys of a job file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from causal_dask.errors import CausalDaskError, InvalidData, InvalidInput, InvalidJob, InvalidType
from causal_dask.jobs.job_file.key_lines import Key, dotted
from causal_dask.jobs.job_file.read import JobFile

DATA_KEYS: dict[str, Key] = {
    "X": ("data", "path"),
    "y": ("data", "outcome"),
    "w": ("data", "treatment"),
    "control": ("data", "control"),
    "event": ("data", "event"),
    "sample_weight": ("data", "weights"),
    "groups": ("data", "groups"),
    "propensities": ("data", "propensities"),
    "n_folds": ("folds",),
}
"""The keys of arguments of ``fit``; an error about one means that the data cannot be used."""

MODEL_KEYS = {
    f"{stage}_model_{part}": (stage, key)
    for stage in ("nuisance", "propensity", "treatment")
    for part, key in (("factory", "class"), ("params", "parameters"))
}
"""The keys below ``models`` of arguments of a learner's class."""

FIRST_WORDS: dict[str, Key] = {"Variant ": ("data", "treatment"), "Class ": ("data", "outcome")}
"""The keys that messages with these first words are about: they name no argument."""

ARGUMENT = re.compile(r"'(\w+)'|\b(\w+_model_(?:factory|params)|n_folds)\b")
"""An argument in a message: in quotes, or a name that cannot be an ordinary word."""


@contextmanager
def name_keys(file: JobFile, position: int, within: str = "") -> Iterator[None]:
    """Raise errors about arguments of the learner at a position as errors about the job file.

    ``within`` is said before what is wrong, such as which of several tables it is in.
    """
    try:
        yield
    except (InvalidJob, InvalidData):
        raise
    except (InvalidInput, InvalidType) as error:
        raise _with_key(file, position, error, within) from error


def _with_key(file: JobFile, position: int, error: CausalDaskError, within: str) -> CausalDaskError:
    """The error at the key of the first argument that it names."""
    original, contents = str(error), file.contents
    learner = contents.candidates[position]
    message = within + _with_names_of_keys(file, position, original)
    for words, key in FIRST_WORDS.items():
        if original.startswith(words):
            return InvalidData(f"{file.where(*key)}: {message}")
    for name in (quoted or bare for quoted, bare in ARGUMENT.findall(original)):
        if name in MODEL_KEYS:
            return file.wrong((*contents.models_key(position), *MODEL_KEYS[name]), message)
        if name in learner.parameters:
            return file.wrong((*contents.key_of(position), "parameters", name), message)
        if name in DATA_KEYS:
            return InvalidData(f"{file.where(*DATA_KEYS[name])}: {message}")
    return InvalidData(f"{file.where('data', 'path')}: {message}")


def _with_names_of_keys(file: JobFile, position: int, message: str) -> str:
    """A message with the names of keys in place of those of arguments."""
    models = file.contents.models_key(position)
    keys = DATA_KEYS | {name: (*models, *key) for name, key in MODEL_KEYS.items()}
    for argument, key in keys.items():
        message = message.replace(f"'{argument}'", f"'{dotted(key)}'")
    return message.replace("n_folds", "folds")
