"""True effects as arrays with a column for each treatment, in the order of the learners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput

Array = np.ndarray[Any, Any]


def truth_of(known: Mapping[str, Any]) -> dict[str, Any]:
    """Effects with a column for each contrast, their averages, and the control if it is known."""
    _check_new_rows(known)
    controls: dict[str, Any] = {}
    found = {}
    for name, rows in (("effects", ("X", "y", "w")), ("effects_new", ("X_new",))):
        if name in known:
            _check_index(name, known[name], {each: known[each] for each in rows})
            found[name] = _effects(name, known, rows[0], controls)
    if "ate" in known:
        found["ate"] = _averages(known, controls)
    elif "effects" in found:
        found["ate"] = found["effects"].mean(axis=0)
    if len(set(map(str, controls.values()))) > 1:
        raise InvalidInput(f"The true effects have columns of different treatments: {controls}.")
    return found | {"control": next(iter(controls.values()), None)}


def _check_new_rows(known: Mapping[str, Any]) -> None:
    if "X_new" in known and "effects_new" not in known and "effects" in known:
        raise InvalidInput(
            "'generate' gave 'X_new' and 'effects', but no 'effects_new'. Return it too, so that "
            "new rows are judged; or leave 'X_new' out, or give it a name of your own."
        )
    if "effects_new" in known and "X_new" not in known:
        raise InvalidInput("'generate' gave 'effects_new', but no 'X_new'. Return both.")


def _check_index(name: str, effects: Any, rows: Mapping[str, Any]) -> None:
    """Raise if pandas effects have another index than their rows."""
    kinds = pd.DataFrame | pd.Series
    for other, each in rows.items():
        is_labelled = isinstance(each, kinds) and isinstance(effects, kinds)
        if is_labelled and not effects.index.equals(each.index):
            raise InvalidInput(
                f"The pandas indices of '{other}' and '{name}' differ, so their rows may not "
                "belong together. Align them, or return one of them as a NumPy array."
            )


def _effects(name: str, known: Mapping[str, Any], rows: str, controls: dict[str, Any]) -> Array:
    """Effects with a column for each contrast; a number is the effect of every row."""
    given = known[name]
    if np.ndim(given) == 0:
        n_rows = np.shape(known[rows])[0]  # a sparse matrix has no len
        return np.full((n_rows, 1), float(given))
    found = np.asarray(given, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found.reshape(len(found), -1)
    if getattr(given, "columns", None) is None:
        return found
    return found[:, _order(name, list(given.columns), known, controls)]


def _averages(known: Mapping[str, Any], controls: dict[str, Any]) -> Array:
    given = pd.Series(known["ate"]) if isinstance(known["ate"], Mapping) else known["ate"]
    found = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if not isinstance(given, pd.Series):
        return found
    return found[_order("ate", list(given.index), known, controls)]


def _order(
    name: str, names: Sequence[Any], known: Mapping[str, Any], controls: dict[str, Any]
) -> list[int]:
    """The places of the treatments among names: of their labels, or of their numbers."""
    n, labels = len(names), _labels(known)
    if list(names) == list(range(n)):  # pandas' own names, where none were given
        return list(range(n))
    words = [_word(each) for each in names]
    treatments = [word for word in map(_word, labels) if word in words]
    if len(treatments) == n == len(labels) - 1:
        controls[name] = next(each for each in labels if _word(each) not in words)
        return [words.index(word) for word in treatments]
    numbers = [str(number) for number in range(1, n + 1)]
    if sorted(words) == sorted(numbers):
        return [words.index(number) for number in numbers]
    if n == 1:  # of one treatment, whatever it is called
        return [0]
    raise InvalidInput(
        f"The columns of '{name}' must be the labels of the treatments, which are all but one of "
        f"{labels}, or their numbers from 1 on. Got {list(names)}. Rename them, or return an array "
        "with the columns in the order of the labels."
    )


def _labels(known: Mapping[str, Any]) -> list[Any]:
    """The variants that w holds, in the order of the learners, which put the control first."""
    w = known["w"]
    found = pd.unique(np.ravel(np.asarray(known["X"][w] if isinstance(w, str) else w))).tolist()
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=repr)


def _word(label: Any) -> str:
    """A label as text, in which 1.0 is 1."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
