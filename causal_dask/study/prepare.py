"""From a learner's arguments and X, y, w to the study that is compiled. All checks happen here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.graph.node import data
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.spec.learner import Model
from causal_dask.storage.drawn_seeds import entropy_for
from causal_dask.study.base_models.arguments import estimators_of, with_propensity_model
from causal_dask.study.base_models.bases import bases_of
from causal_dask.study.base_models.checks import check_estimators, check_weights, warn_of_habits
from causal_dask.study.base_models.traits import classifies
from causal_dask.study.clipping import threshold_for
from causal_dask.study.columns import (
    check_indices,
    check_lengths,
    column,
    group_codes,
    numeric_outcome,
    row_weights,
)
from causal_dask.study.cross_fits import check_ready
from causal_dask.study.known_propensities import check_propensity_column, known_propensities
from causal_dask.study.named_columns import Choose, columns_seen, locate
from causal_dask.study.request import (
    Given,
    Prepared,
    Request,
    check_options,
    checked_n_variants,
    checked_seed,
)
from causal_dask.study.split_checks import Splitting, Strata
from causal_dask.study.splits import Scheme, splits_for
from causal_dask.study.study import Study
from causal_dask.study.table import Table
from causal_dask.study.variants import class_codes, codes_of, treatment_labels
from causal_dask.tasks.rows import Array


def prepare(request: Request, given: Given) -> Prepared:
    """The studies of a request; raises before anything runs if it cannot be done."""
    given = read_columns(given, seen_by(request, given))
    table, y, w = checked_data(given)
    variants = treatment_labels(w, checked_n_variants(request), request.parameters["control"])
    return prepare_coded(request, given, table, (y, codes_of(w, variants, "w"), variants))


def prepare_coded(
    request: Request, given: Given, table: Table, columns: tuple[Any, Array, tuple[Any, ...]]
) -> Prepared:
    """The same for an outcome, numbers of variants, and the variants' labels."""
    y, w, variants = columns
    parameters, n_rows = request.parameters, table.n_rows
    request, values = _with_known_propensities(request, given, n_rows, len(variants))
    _check_model_lists(request, len(variants))
    asked = request.asked
    estimators, is_classification = _checked_models(request, values, len(variants))
    outcome, classes = _outcome(request, y, is_classification)
    weights = None if given.sample_weight is None else row_weights(given.sample_weight, n_rows)
    groups = None if given.groups is None else group_codes(given.groups, n_rows)
    check_options(request)
    check_weights(estimators, asked, parameters["unweighted"], weights is not None)
    warn_of_habits(estimators, asked, groups is not None)
    shown, X = table.columns, table.node
    seed = _seed(request, given, (X.key, outcome, w, weights, groups))
    study = Study(
        X=X,
        y=data(outcome, "y"),
        w=data(w, "w"),
        n_variants=len(variants),
        n_classes=len(classes),
        bases=bases_of(estimators, asked, shown, parameters["unweighted"], len(variants)),
        splits={},
        options=_options(request, len(variants), estimators, values),
        seed=seed,
        weight=None if weights is None else data(weights, "weight"),
        known_values={name: data(value, name) for name, value in values.items()},
        cross_fits={owner: model.on(table) for owner, model in request.cross_fits.items()},
        nested=parameters["nested"],
        overall=parameters["enable_overall"] and parameters["keep_models"],
    )
    check_ready(request.cross_fits, asked, variants, classes)
    scheme = Scheme(parameters["n_folds"], request.synchronize, groups, given.cv)
    strata = Strata(w, outcome, variants, classes)
    splitting = Splitting(asked.learner, asked.owner, strata, seed, tuple(estimators))
    studies = _repeated(study, scheme, splitting, request)
    return Prepared(studies, shown, variants, classes, table.row_hashes, groups, request.cross_fits)


def read_columns(given: Given, choose: Choose) -> Given:
    """The same data, its table checked, and the columns read that were named, which leave it."""
    roles = {name: getattr(given, name) for name in ("y", "w", "sample_weight", "groups")}
    table, columns = locate(given.X, roles, choose)
    return replace(given, X=table, **columns)


def seen_by(request: Request, given: Given) -> Choose:
    """Which columns of a table elsewhere the models of a request see."""
    known = given.propensities if isinstance(given.propensities, str) else None
    return partial(columns_seen, asked=request.asked, also=known)


def checked_data(given: Given) -> tuple[Table, Any, Any]:
    """The covariates, checked before, and y and w as columns, all of one length."""
    table, y, w = given.X, column(given.y, "y"), column(given.w, "w")
    check_lengths(table.content, y, w)
    more = {name: getattr(given, name) for name in ("sample_weight", "groups", "propensities")}
    check_indices({"X": table.content, "y": y, "w": w, **more})
    return table, y, w


def _seed(request: Request, given: Given, columns: tuple[Any, ...]) -> int:
    """The seed; where one is drawn and there is a store, the one of the same request before."""
    if request.store is None or request.parameters["random_state"] is not None:
        return checked_seed(request)
    ready = {owner: [fit.key for fit in m.fits.values()] for owner, m in request.cross_fits.items()}
    how = (request.asked, request.parameters, request.synchronize, ready)
    what = fingerprint((*how, given.cv, given.propensities, *columns))
    return entropy_for(request.store.folder, what, lambda: checked_seed(request))


def _with_known_propensities(
    request: Request, given: Given, n_rows: int, n_variants: int
) -> tuple[Request, dict[str, Array]]:
    """The request with a model of known propensities, or their values beside it."""
    if given.propensities is None:
        return request, {}
    asked = request.asked
    steps = [step for step in asked.learner.models if step.role == "propensity"]
    if not steps:
        raise InvalidInput(f"{asked.owner} has no propensity model: leave 'propensities' out.")
    if (steps[0].name, None) in request.cross_fits:
        raise InvalidInput(
            "'propensities' are known, and there is a fitted propensity model too. Leave one out."
        )
    if isinstance(given.propensities, str):
        check_propensity_column(given.X.content, given.propensities, n_variants)
    known = known_propensities(given.propensities, n_rows, n_variants)
    if isinstance(known, np.ndarray):
        return request, {steps[0].name: known}
    column_name = given.propensities if isinstance(given.propensities, str) else None
    return replace(request, asked=with_propensity_model(asked, known, column_name)), {}


def _options(
    request: Request, n_variants: int, estimators: Mapping[str, Any], values: Mapping[str, Array]
) -> dict[str, Any]:
    """The learner's parameters that its formulas use."""
    threshold = request.parameters["clipping_threshold"]
    found = threshold_for(threshold, n_variants, estimators, values)
    parameters = {**request.parameters, "clipping_threshold": found}
    return {name: parameters[name] for name in request.asked.learner.options}


def _checked_models(
    request: Request, values: Mapping[str, Array], n_variants: int
) -> tuple[dict[str, Any], bool]:
    """The estimators to fit, and whether the outcome is a class: as the outcome models say."""
    models = request.asked.learner.models
    unknown = (step for step in models if step.name not in values)
    needed = [step for step in unknown if not _is_ready(request, step, n_variants)]
    estimators = estimators_of(request.asked, needed)
    is_classification = request.parameters["is_classification"]
    if is_classification is None:
        is_classification = _models_classes(request, estimators)
    check_estimators(estimators, request.asked, is_classification)
    return estimators, is_classification


def _models_classes(request: Request, estimators: Mapping[str, Any]) -> bool:
    """Whether the outcome model is a classifier; False where a learner has no such model."""
    kinds = [step.name for step in request.asked.learner.models if step.role == "outcome"]
    if not kinds:
        return False
    before = [model for (kind, _), model in request.cross_fits.items() if kind == kinds[0]]
    return bool(before[0].classes) if before else classifies(estimators[kinds[0]])


def _check_model_lists(request: Request, n_variants: int) -> None:
    """Raise if there are more or fewer fitted models of a kind than the learner has."""
    lists = request.parameters.get("fitted_nuisance_models") or {}
    for step in request.asked.learner.models:
        expected = len(step.owners(n_variants))
        if step.name in lists and len(lists[step.name]) != expected:
            raise InvalidInput(
                f"'fitted_nuisance_models' has {len(lists[step.name])} models of the {step.name}, "
                f"but {request.asked.owner} has {expected} of them for {n_variants} variants."
            )


def _is_ready(request: Request, step: Model, n_variants: int) -> bool:
    """Whether every model of a kind is fitted already."""
    return all((step.name, own) in request.cross_fits for own in step.owners(n_variants))


def _outcome(request: Request, y: Any, is_classification: bool) -> tuple[Array, tuple[Any, ...]]:
    """The outcome as the models get it, and its classes, if it has any."""
    if not is_classification:
        models = request.asked.learner.models
        return numeric_outcome(y, any(step.role == "outcome" for step in models)), ()
    codes, classes = class_codes(y)
    learner, owner = request.asked.learner, request.asked.owner
    if len(classes) > 2 and "multiclass" not in learner.outcomes:
        raise InvalidInput(
            f"'y' has {len(classes)} classes, but {owner} takes outcomes of two classes. "
            "Use SLearner or TLearner, or one class against the rest."
        )
    return codes, classes


def _repeated(
    study: Study, scheme: Scheme, splitting: Splitting, request: Request
) -> tuple[Study, ...]:
    """The study with the splits of each repeat."""
    n_repeats, owner = request.parameters["n_repeats"], request.asked.owner
    whole = isinstance(n_repeats, int | np.integer) and not isinstance(n_repeats, bool)
    if not whole or n_repeats < 1:
        raise InvalidInput(
            f"The 'n_repeats' parameter of {owner} must be a whole number of 1 or more. Got "
            f"{n_repeats!r} instead."
        )
    if n_repeats > 1 and scheme.cv is not None:
        raise InvalidInput(
            f"The 'n_repeats' parameter of {owner} draws {n_repeats} splits, and 'cv' gives one. "
            "Leave one of them out."
        )
    studies = [replace(study, splits=splits_for(scheme, splitting, r)) for r in range(n_repeats)]
    if study.nested and study.cross_fits:
        raise InvalidInput(
            f"The 'nested' parameter of {owner} needs nuisances fitted without two folds, which "
            "models that are fitted already do not have. Use fit, without fitted models."
        )
    shared = splitting.kinds and studies[0].shares_folds
    if study.nested and not (shared and studies[0].shared.n_folds > 2):
        raise InvalidInput(
            f"The 'nested' parameter of {owner} needs one split that all models share, of 3 folds "
            "or more. Leave synchronize_cross_fitting at True."
        )
    return tuple(studies)
