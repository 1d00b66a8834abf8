"""Labels of variants and of classes, and the codes that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array


def treatment_labels(w: Any, n_variants: int | None, control: Any) -> tuple[Any, ...]:
    """The variants that ``w`` holds, control first; raises unless every one expected occurs."""
    values = np.asarray(w)
    found = distinct(values)
    if len(found) == 1:
        raise InvalidInput(
            f"'w' has the single variant {found[0]!r}. Control and at least one treatment are "
            "needed to compare."
        )
    _check_not_continuous(values, found)
    if control is not None:
        check_label(control, "control")
        return _control_first(found, n_variants, control)
    if not _is_whole(values) or found[0] < 0:
        raise InvalidInput(
            "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any "
            f"labels, of which 'control' names one. Got {examples(values)}."
        )
    expected = n_variants if n_variants is not None else int(found[-1]) + 1
    if len(found) != expected or int(found[-1]) != expected - 1:
        raise InvalidInput(
            f"'w' must hold each of the variants 0 … {expected - 1}. Got "
            f"{[int(label) for label in found]}. Number the variants without gaps and let "
            "'n_variants' be their number, or name the control with 'control'."
        )
    return tuple(found if values.dtype.kind == "b" else map(int, found))


MANY = 20
"""The most different fractions that may be labels of variants."""


def _check_not_continuous(values: Array, found: Sequence[Any]) -> None:
    """Raise if a treatment is an amount rather than one of some variants."""
    if values.dtype.kind == "f" and len(found) > MANY and not _is_whole(values):
        raise InvalidInput(
            f"'w' looks continuous: it has {len(found):,} different values, such as "
            f"{examples(values)}. These learners need variants that many rows share. Bin it, for "
            "instance with pandas.cut(w, 4, labels=False), whose lowest bin 0 is then control; or "
            "use a method for continuous treatments."
        )


def codes_of(values: Any, known: Sequence[Any], name: str) -> Array:
    """A column as positions in the variants or classes that are ``known``."""
    given = np.asarray(values)
    codes = _positions(given, known)
    if (codes < 0).any():
        raise InvalidInput(
            f"'{name}' has the values {examples(given[codes < 0])}, which fit did not meet. "
            f"It met {list(known)}."
        )
    return codes.astype(np.int64)


def _positions(given: Array, known: Sequence[Any]) -> Array:
    """The position of each value in ``known``, -1 for others; truth values are 0 and 1."""
    are_truths = [isinstance(label, bool | np.bool_) for label in known]
    if all(are_truths) and given.dtype.kind in "iuf":
        known = [int(label) for label in known]
    elif not any(are_truths) and given.dtype.kind == "b":
        given = given.astype(np.int64)
    return pd.Index(list(known), tupleize_cols=False).get_indexer(
        pd.Index(given, tupleize_cols=False)
    )


def check_label(label: Any, name: str) -> None:
    """Raise unless an argument is a single label."""
    if isinstance(label, list | dict | set | np.ndarray | pd.Series | pd.Index):
        raise InvalidInput(f"'{name}' must be one label. Got a {type(label).__name__}: {label!r}.")


def distinct(values: Array) -> list[Any]:
    """The distinct values in order; those that cannot be compared, in the order of their names."""
    found = pd.unique(values).tolist()
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=repr)


def _control_first(found: list[Any], n_variants: int | None, control: Any) -> tuple[Any, ...]:
    if control not in found:
        raise InvalidInput(
            f"The 'control' {control!r} is not in 'w', which holds {_in_words(found)}."
        )
    if n_variants is not None and len(found) != n_variants:
        raise InvalidInput(
            f"'w' holds {len(found)} variants, {_in_words(found)}, but 'n_variants' is "
            f"{n_variants}."
        )
    own = found[found.index(control)]
    return (own, *(label for label in found if label != own))


def _is_whole(values: Array) -> bool:
    return values.dtype.kind in "biuf" and bool(np.all(values == np.floor(values.astype(float))))


def class_codes(y: Any, event: Any = None) -> tuple[Array, tuple[Any, ...]]:
    """``y`` as numbers of classes, and the classes in order, an ``event`` of two last."""
    values = np.asarray(y)
    if values.dtype.kind == "f" and type_of_target(values).startswith("continuous"):
        raise InvalidInput(
            "'y' must hold classes, since the outcome model is a classifier. Got fractions such "
            f"as {examples(values)}. Pass a regressor as 'nuisance_model_factory'."
        )
    classes = distinct(values)
    if len(classes) < 2:
        raise InvalidInput(f"'y' must hold at least two classes. Got only {examples(values)}.")
    if event is not None:
        check_label(event, "event")
        classes = _event_last(classes, event)
    return codes_of(values, classes, "y"), tuple(classes)


def _event_last(classes: list[Any], event: Any) -> list[Any]:
    """Two classes, the one that effects are about last."""
    if len(classes) > 2:
        raise InvalidInput(
            f"'event' names one of two classes, and 'y' has {len(classes)}: {_in_words(classes)}. "
            "Leave it out: there is an effect on each class."
        )
    if event not in classes:
        raise InvalidInput(
            f"The 'event' {event!r} is not in 'y', which holds {_in_words(classes)}."
        )
    own = classes[classes.index(event)]
    return [*(label for label in classes if label != own), own]


def examples(values: Array) -> str:
    """The first distinct values as a part of a sentence."""
    first = pd.unique(values)[:3]
    return ", ".join(map(repr, (first.astype(str) if first.dtype.kind in "mM" else first).tolist()))


def _in_words(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels[:8])) + (", …" if len(labels) > 8 else "")


def labelled(name: Any, labels: Sequence[Any]) -> list[int]:
    """The variants with this label: of the same type, or else equal to it, or else in words."""
    variants = range(len(labels))
    readings = (
        [k for k in variants if type(name) is type(labels[k]) and _equal(name, labels[k])],
        [k for k in variants if _equal(name, labels[k])],
        [k for k in variants if str(name) == str(labels[k]) or _equal(_number(name), labels[k])],
    )
    return next((found for found in readings if found), [])


def _equal(name: Any, label: Any) -> bool:
    """Whether two are the same value: 0, 0.0 and False are."""
    return np.ndim(name) == 0 and bool(name == label)


def _number(name: Any) -> float | None:
    """A name in words as the number that it spells, as frames have whose names are all words."""
    try:
        return float(name) if isinstance(name, str) else None
    except ValueError:
        return None
