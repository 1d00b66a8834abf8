"""Whether the outcome or the variant was left among the covariates, as it is or in another form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.study.doubts.derived_columns import (
    Labels,
    are_equal,
    in_one_order,
    in_other_order,
    labels_with_rows,
    told_apart,
)
from causal_dask.study.tables.columns_here import Here
from causal_dask.tasks.rows import Array

FIRST = 20
"""The least rows that a warning is given for, since columns of a few may be equal by chance."""

MEANT = {"y": "the outcome", "w": "the variant"}


def check_not_among(
    covariates: Sequence[Here], columns: Mapping[str, Array], given: Mapping[str, Any]
) -> None:
    """Raise if a column is among the covariates by name; warn if by another, or if made of it.

    ``columns`` are y and w as arrays, ``given`` the same with the names that they may have.
    """
    n_rows = len(covariates[0].values) if covariates else 0
    for role, own in columns.items():
        seen, own_name = own[:n_rows], getattr(given.get(role), "name", None)
        labels = labels_with_rows(seen) if role == "w" or _are_two_or_words(seen) else []
        where = "" if n_rows == len(own) else f" of the first {n_rows:,}"
        for each in covariates:
            if are_equal(each.values, seen):
                _tell_of_copy(each.name, role, own_name, n_rows)
            elif n_rows > FIRST and (said := _made_of(each.values, seen, role, labels)):
                found, remedy = said
                warn(f"'X' has {_shown(each.name)} {found}{where}. {remedy}", CausalDaskWarning)


def _are_two_or_words(own: Array) -> bool:
    """Whether an outcome may be one of some classes."""
    return own.dtype.kind not in "biuf" or len(pd.unique(own)) == 2


def _tell_of_copy(name: Any, role: str, own_name: Any, n_rows: int) -> None:
    is_named = name is not None and name == own_name
    if not is_named and n_rows <= FIRST:
        return
    said = f"'X' has {_shown(name)} with the values of '{role}', {MEANT[role]}"
    if is_named:
        raise InvalidInput(f"{said}. Drop it: a model that sees it leaves no effect to find.")
    warn(f"{said}. If it is {MEANT[role]}, drop it: no effect can be found.", CausalDaskWarning)


def _made_of(values: Any, own: Array, role: str, labels: Labels) -> tuple[str, str] | None:
    """What to say of a column that may be made of the outcome or follow from the variant."""
    label = told_apart(values, labels)
    if label is not None:
        return _of_label(label, role)
    if role == "y" and in_one_order(values, own):
        return _of_order("rises")
    if role == "y" and in_other_order(values, own):
        return _of_order("falls")
    return None


def _of_label(label: Any, role: str) -> tuple[str, str]:
    what, why = "variant", "such rows have no others to be compared with"
    if role == "y":
        what, why = "outcome", "no effect can be found"
    return (
        f"that has one value in all rows with the {what} {label!r} and in no others",
        f"If it was not known before the treatment, drop it: {why}.",
    )


def _of_order(how: str) -> tuple[str, str]:
    return (
        f"that {how} with 'y', the outcome, in all rows",
        "If it is made of the outcome, drop it: no effect can be found.",
    )


def _shown(name: Any) -> str:
    return "a column" if name is None else f"the column {name!r}"
