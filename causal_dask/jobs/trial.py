"""Whether base models take a job's data: each is tried on a few rows before anything is fitted.

Only what a few rows can show is an error: a parameter that is refused, words or gaps that a model
cannot take. Whatever else goes wrong on so few rows may be right on all.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.base_models import imported, models_of
from causal_dask.jobs.reading import JobFile, Key
from causal_dask.jobs.schema import ModelSection
from causal_dask.jobs.tables import Table

ROWS = 60
"""So many rows of each variant, and so many with gaps."""


def try_models(file: JobFile, table: Table) -> None:
    """Raise if a base model refuses its parameters, or the covariates."""
    rows, tried = _a_few(table), set()
    for key, section, stage in models_of(file):
        target = _target(stage, rows)
        same = (section.class_, repr(section.parameters), target.dtype.kind == "f")
        if same in tried:
            continue
        tried.add(same)
        model = imported(file, section.class_, (*key, "class"))(**section.parameters)
        if "n_jobs" in getattr(model, "get_params", dict)():
            model.set_params(n_jobs=1)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(rows.X, target)
        except Exception as error:  # noqa: BLE001 - whatever a foreign model raises
            _judge(file, (key, section), rows.X, error)


def _a_few(table: Table) -> Table:
    """Rows of every variant, and rows with gaps if there are any."""
    X, y, w = table.head if table.head is not None else (pd.DataFrame(), [], [])
    of_variants = pd.Series(np.asarray(w)).groupby(pd.factorize(np.asarray(w))[0]).head(ROWS).index
    with_gaps = np.flatnonzero(X.isna().any(axis=1))[:ROWS]
    few = np.union1d(of_variants, with_gaps)
    return Table(X.iloc[few], table.features, {"y": np.asarray(y)[few], "w": np.asarray(w)[few]})


def _target(stage: str, rows: Table) -> np.ndarray[Any, Any]:
    """Something to fit: the outcome, the variant's number, or numbers for an effect."""
    if stage == "treatment":
        return np.random.default_rng(0).normal(size=len(rows.X))
    values = rows.arguments["y" if stage == "nuisance" else "w"]
    is_number = values.dtype.kind == "f" and stage == "nuisance"
    return values if is_number else np.asarray(pd.factorize(values, sort=True)[0])


def _judge(
    file: JobFile, model: tuple[Key, ModelSection], X: pd.DataFrame, error: Exception
) -> None:
    """Raise if an error is one that all rows would give, too."""
    key, section = model
    told, name = (str(error).strip() or type(error).__name__).splitlines()[0], section.class_
    if type(error).__name__ == "InvalidParameterError":
        raise file.wrong((*key, "parameters"), f"{name} does not take these: {told}") from error
    where = f"{file.where('data', 'path')}: {name}"
    gaps = X.columns[X.isna().any()].tolist()
    if gaps and re.search(r"\bNaN\b|missing|infinity", str(error)):
        raise InvalidData(
            f"{where} takes no missing values, and the columns {gaps} have some. Fill or exclude "
            "them, or use a model that takes them, such as xgboost.XGBRegressor."
        ) from error
    words = X.select_dtypes(exclude=["number", "bool"]).columns.tolist()
    if words and re.search(r"string|categor|dtype|object|could not convert", str(error)):
        raise InvalidData(
            f"{where} does not take words, and the columns {words} have them ({told}). Exclude "
            "them, or use a model that does: XGBoost with enable_categorical: true, LightGBM, or "
            "sklearn.ensemble.HistGradientBoostingRegressor."
        ) from error
    if "feature_names" in str(error):
        raise InvalidData(f"{where} does not take the columns' names: {told}") from error
