"""Try each base model on a few rows before anything is fitted.

Raises only for what would fail on all rows, too: a parameter that is refused, words, missing or
infinite values that a model cannot take. Other errors may be due to there being so few rows.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.learner_section import ModelSection
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.make_learners import import_class, model_sections
from causal_dask.jobs.tables.open_table import Table

ROWS = 60
"""The number of rows of each variant, and of rows with missing values."""


def try_models(file: JobFile, table: Table) -> None:
    """Raise if a base model refuses its parameters, or the covariates."""
    rows, tried = _few_rows(table), set()  # learners often share a model
    for key, section, stage in model_sections(file):
        target = _target(stage, rows)
        model_and_target = (section.class_, repr(section.parameters), target.dtype.kind == "f")
        if model_and_target in tried:
            continue
        tried.add(model_and_target)
        model = import_class(file, section.class_, (*key, "class"))(**section.parameters)
        if "n_jobs" in getattr(model, "get_params", dict)():
            model.set_params(n_jobs=1)  # starting threads would take longer than these fits
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(rows.X, target)
        except Exception as error:  # noqa: BLE001 - whatever a foreign model raises
            _raise_if_certain(file, (key, section), rows.X, error)


def _few_rows(table: Table) -> Table:
    """Some rows of every variant, and some with missing values."""
    X, y, w = table.head if table.head is not None else (pd.DataFrame(), [], [])
    of_variants = pd.Series(np.asarray(w)).groupby(pd.factorize(np.asarray(w))[0]).head(ROWS).index
    with_gaps = np.flatnonzero(X.isna().any(axis=1))[:ROWS]
    few = np.union1d(of_variants, with_gaps)
    rows = _with_words(_with_infinity(X.iloc[few], table))
    return Table(rows, table.features, {"y": np.asarray(y)[few], "w": np.asarray(w)[few]})


def _with_infinity(X: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows of which the first is infinite in each column that is so in any row of the table."""
    columns = table.description.columns
    infinite = [each.name for each in columns if each.role == "covariate" and each.infinite]
    is_first = np.arange(len(X)) == 0
    return X.assign(**{str(name): X[name].mask(is_first, np.inf) for name in infinite})


def _with_words(X: pd.DataFrame) -> pd.DataFrame:
    """Rows whose categories cannot be taken for numbers, as some models take "01"."""
    renamed = {
        str(name): X[name].cat.rename_categories(lambda value: f"category {value}")
        for name in X.select_dtypes("category")
    }
    return X.assign(**renamed)


def _target(stage: str, rows: Table) -> np.ndarray[Any, Any]:
    """A target: the outcome, the variant's number, or random numbers for an effect."""
    if stage == "treatment":
        return np.random.default_rng(0).normal(size=len(rows.X))
    values = rows.arguments["y" if stage == "nuisance" else "w"]
    is_number = values.dtype.kind == "f" and stage == "nuisance"
    return values if is_number else np.asarray(pd.factorize(values, sort=True)[0])


def _raise_if_certain(
    file: JobFile, model: tuple[Key, ModelSection], X: pd.DataFrame, error: Exception
) -> None:
    """Raise if an error is one that would occur on all rows, too."""
    key, section = model
    message, name = (str(error).strip() or type(error).__name__).splitlines()[0], section.class_
    if type(error).__name__ == "InvalidParameterError":
        raise file.wrong((*key, "parameters"), f"{name} does not take these: {message}") from error
    where = f"{file.where('data', 'path')}: {name}"
    infinite = [n for n in X if X[n].dtype.kind == "f" and np.isinf(X[n]).any()]
    if infinite and re.search(r"\binf\b|infinit|finite", str(error)):
        raise InvalidData(
            f"{where} takes no infinite values, and the columns {infinite} have some. Write "
            "missing values in their place, or exclude the columns."
        ) from error
    gaps = X.columns[X.isna().any()].tolist()
    if gaps and re.search(r"\bNaN\b|missing|infinity", str(error)):
        raise InvalidData(
            f"{where} takes no missing values, and the columns {gaps} have some. Fill or exclude "
            "them, or use a model that takes them, such as xgboost.XGBRegressor."
        ) from error
    words = X.select_dtypes(exclude=["number", "bool"]).columns.tolist()
    if words and re.search(r"string|categor|dtype|object|could not convert", str(error)):
        raise InvalidData(
            f"{where} does not take words, and the columns {words} have them ({message}). Exclude "
            "them, or use a model that does: XGBoost with enable_categorical: true, LightGBM, or "
            "sklearn.ensemble.HistGradientBoostingRegressor."
        ) from error
    if "feature_names" in str(error):  # XGBoost refuses some characters in them
        raise InvalidData(f"{where} does not take the columns' names: {message}") from error
