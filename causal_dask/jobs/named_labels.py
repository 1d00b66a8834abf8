"""The variant and the class that a job file names: control, and the event of an outcome.

YAML reads ``no`` as False and ``01`` as 1, so a label is also looked for as it is written.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

from causal_dask.errors import InvalidData
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.tables.open_table import Table

ARGUMENTS = {"control": "w", "event": "y"}
"""The argument of ``fit`` that has the label, by the key of a job file."""

MOST = 20
"""The most labels that an error lists."""


def labels_named(file: JobFile, table: Table) -> dict[str, Any]:
    """The arguments of learners that are labels; raises if a column does not have them."""
    found = {}
    for key, argument in ARGUMENTS.items():
        given = getattr(file.contents.data, key)
        if given is not None:
            found[key] = _label(file, key, given, table.arguments[argument])
    if "event" not in found:
        _check_needs_no_event(file, table.arguments[ARGUMENTS["event"]])
    return found


def _check_needs_no_event(file: JobFile, outcome: pd.Series[Any]) -> None:
    """Raise if the outcome is one of two words: effects on either have opposite signs."""
    classes = sorted(map(str, outcome.unique())) if outcome.dtype == object else []
    if len(classes) == 2 and all(isinstance(value, str) for value in outcome):
        raise file.wrong(
            ("data", "event"),
            f"the outcome {outcome.name!r} is one of two words. Add this key, which says of which "
            f"one the probability is: {' or '.join(map(repr, classes))}.",
        )


def _label(file: JobFile, key: str, given: Any, column: pd.Series[Any]) -> Any:
    labels = column.unique().tolist()
    written = file.texts.get(("data", key), str(given))
    for label in labels:
        if type(label) is type(given) and label == given or label == written:
            return label
    meant = yaml.safe_load(given) if isinstance(given, str) else given  # as the job as run has it
    for label in labels:  # 1 and 1.0 are the same number, and so is True
        if not isinstance(label, str) and not isinstance(meant, str) and label == meant:
            return label
    shown = sorted(map(str, labels))[:MOST]
    raise InvalidData(
        f"{file.where('data', key)}: the column {column.name!r} has no value {written!r}. It has "
        f"{', '.join(shown)}."
    )
