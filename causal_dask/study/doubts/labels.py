"""Labels that may be one label written in two ways, or stand for missing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.study.doubts.codes_of_missing import far_codes
from causal_dask.tasks.rows import Array

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "nat", "null", "<na>", "#n/a", "?", ".", "-", "--", "missing"}
)
"""Words that mean a missing value, in small letters. "None" may name a control."""

MEANT = {"w": "variants", "y": "classes", "groups": "groups"}


def warn_of_labels(name: str, labels: Sequence[Any], asked: Any = None) -> None:
    """Warn of labels that may mean something else; ``asked`` is one that was given by name."""
    spellings = list(map(_spelling, labels))
    alike: dict[str, list[Any]] = {}
    for spelling, label in zip(spellings, labels, strict=True):
        alike.setdefault(spelling, []).append(label)
    several = [found for found in alike.values() if len(found) > 1]
    if several:
        more = f" (and {len(several) - 1:,} more such)" if len(several) > 1 else ""
        warn(
            f"'{name}' has the {MEANT[name]} {', '.join(map(repr, several[0]))}{more}, which may "
            f"be one that is written in {len(several[0])} ways. They count as different; write "
            "them alike if they are one.",
            CausalDaskWarning,
        )
    codes = far_codes(_numbers(labels))[0] if name == "w" else []
    for spelling, label in zip(spellings, labels, strict=True):
        if label != asked and (spelling in MISSING or label in codes):
            warn(
                f"'{name}' has the label {label!r}, which may stand for missing values. It counts "
                f"as one of the {MEANT[name]}; leave out its rows if it is none.",
                CausalDaskWarning,
            )


def _numbers(labels: Sequence[Any]) -> Array:
    """The labels that are numbers."""
    are = [each for each in labels if isinstance(each, int | float) and not isinstance(each, bool)]
    return np.array(are or [0], dtype=np.float64)


def _spelling(label: Any) -> str:
    """A label without what may be a slip: blanks, capitals, and whether a number is a word."""
    words = " ".join(str(label).split()).casefold()
    try:
        return str(float(words))
    except ValueError:
        return words
