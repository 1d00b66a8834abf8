"""Tables as a base model takes them: some misread other libraries' frames, or refuse names."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd
from sklearn.pipeline import Pipeline

REFUSED = {"xgboost": "[]<", "lightgbm": '",:[]{}'}
"""Characters that a package's models refuse in the names of columns."""


def named_for(estimator: Any, X: Any) -> Any:
    """``X`` with names, and as a kind of table, that the estimator takes; itself where it does.

    Estimators that choose columns by name get the names that they know.
    """
    X = _as_taken(estimator, X)
    if not isinstance(X, pd.DataFrame):
        return X
    names = list(X.columns)
    refused = "".join(REFUSED.get(package, "") for package in _packages(estimator))
    are_mixed = len({isinstance(name, str) for name in names}) > 1
    if not are_mixed and not any(set(str(name)) & set(refused) for name in names):
        return X
    if chooses_columns(estimator):
        return X
    return X.set_axis(_distinct([_without(str(name), refused) for name in names]), axis=1)


def name_beside(taken: Sequence[Any], name: str) -> Any:
    """A free name for one more column, of the type that the others' have."""
    if taken and all(isinstance(each, int) and not isinstance(each, bool) for each in taken):
        return max(taken) + 1
    if taken and all(isinstance(each, tuple) for each in taken):
        return (free_name([each[0] for each in taken], name), *[""] * (len(taken[0]) - 1))
    return free_name(taken, name)


def free_name(taken: Iterable[Any], name: str) -> str:
    """``name``, with underscores until no column is called so."""
    known = set(taken)
    while name in known:
        name += "_"
    return name


def _as_taken(estimator: Any, X: Any) -> Any:
    """A pandas frame in place of one of another library that a package reads badly.

    LightGBM 4.7 ends the process on columns of categories, words or dates of polars and Arrow; of
    pandas it takes categories, and raises on others. XGBoost before 3 loses the names of columns.
    """
    if isinstance(X, pd.DataFrame) or not hasattr(X, "columns") or isinstance(estimator, Pipeline):
        return X
    frame, packages = nw.from_native(X, eager_only=True), _packages(estimator)
    are_plain = all(kind.is_numeric() or kind == nw.Boolean for kind in frame.schema.values())
    is_read_badly = "lightgbm" in packages and not are_plain
    if "xgboost" in packages:
        is_read_badly |= int(sys.modules["xgboost"].__version__.partition(".")[0]) < 3
    return frame.to_pandas() if is_read_badly else X


def _packages(estimator: Any) -> set[str]:
    """The packages that an estimator and its parts are from."""
    return {type(part).__module__.partition(".")[0] for part in _parts(estimator)}


def chooses_columns(estimator: Any) -> bool:
    """Whether some part names the columns that it takes, as scikit-learn's ColumnTransformer."""
    return any(hasattr(part, "transformers") for part in _parts(estimator))


def _parts(estimator: Any) -> list[Any]:
    inner = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    return [estimator, *(part for part in inner.values() if hasattr(part, "get_params"))]


def _without(name: str, refused: str) -> str:
    return "".join("_" if character in refused else character for character in name)


def _distinct(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        found.append(free_name(found, name))
    return found
