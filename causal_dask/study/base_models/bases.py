"""Base models with the columns they see and the threads and seeds they take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from numbers import Integral
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.spec import Model
from causal_dask.study.base_models.arguments import Asked, features_of, models_with
from causal_dask.study.base_models.costs import seconds_per_row
from causal_dask.study.base_models.fit_params import fit_params_of, values_by_row
from causal_dask.study.base_models.traits import declares_categoricals
from causal_dask.study.propensity_models import FixedBinaryPropensity, FixedPropensities
from causal_dask.study.seeds import identity
from causal_dask.study.study import Base
from causal_dask.study.study_data import StudyData
from causal_dask.study.tables.table import PANDAS, Columns
from causal_dask.tasks.estimators import (
    THREAD_PARAMETERS,
    Jobs,
    seeds,
    takes_threads,
    thread_parameter,
    unfitted_copy,
)
from causal_dask.tasks.models import BaseModel
from causal_dask.tasks.prepared.kinds import preparation_for
from causal_dask.tasks.rows import Design, Encoding


def bases_of(
    estimators: Mapping[str, Any],
    asked: Asked,
    of: StudyData,
    parameters: Mapping[str, Any],
    n_variants: int,
) -> dict[str, Base]:
    """The base model of each kind, with what it is given and shown."""
    fit_params, columns = fit_params_of(asked), of.table.columns
    shared, bases = parameters["prepare"] == "shared", {}
    for step in models_with(asked, estimators):
        features = _features(asked, step, columns)
        plain, jobs = _without_threads(estimators[step.name])
        if type(plain) in (FixedBinaryPropensity, FixedPropensities):
            features = ()  # they look at no covariates, of which no copies are made then
        encoding = _encoding(plain, columns) if step.variant_as_feature else None
        bases[step.name] = Base(
            model=BaseModel(plain, fingerprint(plain)),
            identity=identity(plain),
            wants_seed=hasattr(plain, "get_params") and bool(seeds(plain, 0)),
            design=Design(features, encoding, n_variants if encoding else 0),
            jobs=jobs,
            pace=seconds_per_row(plain),
            more_threads=_more_threads(plain, jobs),
            weighted=step.kind not in parameters["unweighted"],
            fit_params=values_by_row(fit_params.get(step.kind, {}), of),
            # what else is passed to a fit may depend on how it prepares the covariates
            prepare=preparation_for(plain) if shared and not fit_params.get(step.kind) else None,
        )
    return bases


def _encoding(estimator: Any, columns: Columns) -> Encoding:
    by_category = columns.kind == PANDAS and declares_categoricals(estimator)
    return "category" if by_category else "dummies"


def _features(asked: Asked, step: Model, columns: Columns) -> tuple[int, ...] | None:
    """The positions of the features that a model kind sees; None for all."""
    chosen = features_of(asked, step)
    if chosen is None:
        return None
    if isinstance(chosen, str | Mapping) or not isinstance(chosen, Collection):
        raise InvalidType(
            f"The 'feature_set' of {asked.owner} must be a list of columns, or a dict of lists for "
            f"the kinds {list(asked.learner.kinds)}. Got {chosen!r}."
        )
    positions = [_position(feature, asked, columns) for feature in chosen]
    twice = [name for n, name in enumerate(chosen) if positions[n] in positions[:n]]
    if twice:
        raise InvalidInput(
            f"The 'feature_set' of {asked.owner} has the column {twice[0]!r} more than once. Name "
            "each column once."
        )
    return tuple(positions)


def _position(feature: Any, asked: Asked, columns: Columns) -> int:
    """The position of a feature, which is given by its name or, as a whole number, by position.

    Where whole numbers are names too, a number must mean the same column either way.
    """
    whole = isinstance(feature, int | np.integer) and not isinstance(feature, bool)
    by_position = None
    if whole and -columns.n_features <= feature < columns.n_features:
        by_position = int(feature) % columns.n_features
    if columns.names is None:
        by_name = None
    else:
        by_name = columns.names.index(feature) if feature in columns.names else None
        if any(isinstance(name, int | np.integer) for name in columns.names):
            if by_name is not None and by_position is not None and by_name != by_position:
                raise InvalidInput(
                    f"The 'feature_set' of {asked.owner} has {feature!r}, which is the name of one "
                    f"column and the position of another ({columns.names[by_position]!r}). Give "
                    "the columns names that are words, or choose columns of 'X' yourself."
                )
            by_position = None
    position = by_position if by_name is None else by_name
    if position is not None:
        return position
    known = list(columns.names) if columns.names else f"0 … {columns.n_features - 1}"
    raise InvalidInput(
        f"The 'feature_set' of {asked.owner} names the unknown column {feature!r}. "
        f"The columns of 'X' are {known}."
    )


def _without_threads(estimator: Any) -> tuple[Any, Jobs]:
    """The estimator with its thread counts left open, and those that the user had set."""
    if not hasattr(estimator, "get_params"):
        return estimator, ()
    counts = dict(_thread_counts(estimator))
    if counts:
        estimator = unfitted_copy(estimator).set_params(**dict.fromkeys(counts))
    return estimator, tuple(counts.items())


def _more_threads(estimator: Any, jobs: Jobs) -> Jobs | None:
    """The parameters that give a fit several threads; None if it would not use them."""
    if jobs or not takes_threads(estimator):
        return None
    name = thread_parameter(estimator) if hasattr(estimator, "get_params") else None
    return ((name, 1),) if name else ()


def _thread_counts(estimator: Any) -> Iterator[tuple[str, int]]:
    for name, value in sorted(estimator.get_params(deep=True).items()):
        if name.rpartition("__")[2] in THREAD_PARAMETERS and isinstance(value, Integral):
            yield name, int(value)
