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
from causal_dask.study.base_models.arguments import (
    estimators_of,
    with_candidates,
    with_propensity_model,
)
from causal_dask.study.base_models.bases import bases_of
from causal_dask.study.base_models.checks import check_estimators, check_weights, warn_of_habits
from causal_dask.study.base_models.traits import classifies
from causal_dask.study.clipping import threshold_for
from causal_dask.study.cross_fits import check_cross_fits
from causal_dask.study.known_propensities import check_propensity_column, known_propensities
from causal_dask.study.propensity_models import KnownPropensity
from causal_dask.study.request import (
    Given,
    Prepared,
    Request,
    as_drawn_for,
    check_is_classification,
    check_no_event,
    check_options,
    checked_n_repeats,
    checked_n_variants,
    checked_seed,
)
from causal_dask.study.split_checks import Splitting, Strata
from causal_dask.study.splits import Scheme, splits_for
from causal_dask.study.study import Study
from causal_dask.study.study_data import Coded, StudyData, check_data
from causal_dask.study.tables.named_columns import Choose, columns_seen, locate
from causal_dask.tasks.rows import Array


def prepare(request: Request, given: Given | StudyData) -> Prepared:
    """The studies of a request; raises before anything runs if it cannot be done."""
    parameters = request.parameters
    check_is_classification(request)
    if isinstance(given, Given):
        given = check_data(read_columns(given, column_choice(request, given)))
    treatments = given.treatments(checked_n_variants(request), parameters["control"])
    return prepare_coded(request, given, treatments)


def prepare_coded(request: Request, of: StudyData, treatments: Coded) -> Prepared:
    """The same for variants that are numbers already.

    Each check needs what the one before found: known propensities decide which models are fitted,
    the outcome models whether ``y`` holds classes, and both what weights and groups must suit. A
    seed is drawn after these, since a store keeps it; splits are drawn from it and checked last.
    """
    variants, parameters, table = treatments.labels, request.parameters, of.table
    request, values = _with_known_propensities(request, of, variants)
    _check_model_lists(request, len(variants))
    known = {*values, *(kind for kind, _ in request.cross_fits)}
    asked = with_candidates(request.asked, known, parameters["n_folds"])
    request = replace(request, asked=asked)
    estimators, is_classification = _checked_models(request, values, len(variants))
    outcome = _outcome(request, of, is_classification)
    check_options(request)
    check_weights(estimators, asked, parameters["unweighted"], of.weights is not None)
    warn_of_habits(estimators, asked, of.groups is not None)
    study = Study(
        X=table.node,
        y=outcome.node,
        w=treatments.node,
        n_variants=len(variants),
        n_classes=len(outcome.labels),
        bases=bases_of(estimators, asked, of, parameters, len(variants)),
        splits={},
        options=_options(request, len(variants), estimators, values),
        seed=_seed(request, of, outcome.codes, treatments.codes),
        weight=of.weight,
        known_values={name: data(value, name) for name, value in values.items()},
        cross_fits={owner: model.on(table) for owner, model in request.cross_fits.items()},
        nested=parameters["nested"],
        overall=parameters["enable_overall"] and parameters["keep_models"],
    )
    check_cross_fits(request.cross_fits, asked, variants, outcome.labels)
    strata = Strata(treatments.codes, outcome.codes, variants, outcome.labels)
    splitting = Splitting(asked.learner, asked.owner, strata, study.seed, tuple(estimators))
    return Prepared(
        _repeat(study, of, splitting, request),
        table.columns,
        variants,
        outcome.labels,
        table.row_hashes,
        of.groups,
        request.cross_fits,
    )


def read_columns(given: Given, choose: Choose) -> Given:
    """Check the table and read the columns that are named, which then leave the table."""
    roles = {name: getattr(given, name) for name in ("y", "w", "sample_weight", "groups")}
    table, columns = locate(given.X, roles, choose)
    return replace(given, X=table, **columns)


def column_choice(request: Request, given: Given) -> Choose:
    """Which columns of a remote table the models of a request see."""
    known = given.propensities if isinstance(given.propensities, str) else None
    return partial(columns_seen, asked=request.asked, also=known)


def _seed(request: Request, of: StudyData, outcome: Array, codes: Array) -> int:
    """The seed; where one is drawn and there is a store, the one of the same request before."""
    if request.store is None or request.parameters["random_state"] is not None:
        return checked_seed(request)
    before = {
        owner: [fit.key for fit in model.fits.values()]
        for owner, model in request.cross_fits.items()
    }
    parameters = as_drawn_for(request.parameters)
    how = (request.asked, parameters, request.synchronize, before)
    columns = (of.table.node.key, outcome, codes, of.weights, of.groups)
    what = fingerprint((*how, of.cv, of.propensities, *columns))
    return entropy_for(request.store.folder, what, lambda: checked_seed(request))


def _with_known_propensities(
    request: Request, of: StudyData, labels: tuple[Any, ...]
) -> tuple[Request, dict[str, Array]]:
    """The request with a model of known propensities, or their values beside it."""
    if of.propensities is None:
        return request, {}
    asked = request.asked
    steps = [step for step in asked.learner.models if step.role == "propensity"]
    if not steps:
        raise InvalidInput(f"{asked.owner} has no propensity model: leave 'propensities' out.")
    if (steps[0].name, None) in request.cross_fits:
        raise InvalidInput(
            "'propensities' are known, and there is a fitted propensity model too. Leave one out."
        )
    if isinstance(of.propensities, str):
        check_propensity_column(of.table.content, of.propensities, len(labels))
    known = known_propensities(of.propensities, of.table.n_rows, labels)
    if isinstance(known, np.ndarray):
        return request, {step.name: known for step in steps}
    column_name = of.propensities if isinstance(of.propensities, str) else None
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
    unknown = (step for step in request.asked.learner.models if step.name not in values)
    needed = [step for step in unknown if not _is_cross_fit(request, step, n_variants)]
    estimators = estimators_of(request.asked, needed)
    is_classification = request.parameters["is_classification"]
    if is_classification is None:
        is_classification = _models_classes(request, estimators)
    check_estimators(estimators, request.asked, is_classification)
    return estimators, is_classification


def _models_classes(request: Request, estimators: Mapping[str, Any]) -> bool:
    """Whether the outcome model is a classifier; False where a learner has no such model."""
    kind = next((s.name for s in request.asked.learner.models if s.role == "outcome"), None)
    if kind is None:
        return False
    passed = [model for (of, _), model in request.cross_fits.items() if of == kind]
    return bool(passed[0].classes) if passed else classifies(estimators[kind])


def _check_model_lists(request: Request, n_variants: int) -> None:
    """Raise if the list of a kind's cross-fits is longer or shorter than the learner needs."""
    lists = request.parameters.get("fitted_nuisance_models") or {}
    for step in request.asked.learner.models:
        expected = len(step.owners(n_variants))
        if step.name in lists and len(lists[step.name]) != expected:
            raise InvalidInput(
                f"'fitted_nuisance_models' has {len(lists[step.name])} models of the {step.name}, "
                f"but {request.asked.owner} has {expected} of them for {n_variants} variants."
            )


def _is_cross_fit(request: Request, step: Model, n_variants: int) -> bool:
    """Whether every model of a kind is a cross-fit."""
    return all((step.name, own) in request.cross_fits for own in step.owners(n_variants))


def _outcome(request: Request, of: StudyData, is_classification: bool) -> Coded:
    """The outcome as the models get it, and its classes, if it has any."""
    learner, owner = request.asked.learner, request.asked.owner
    event = request.parameters.get("event")
    if not is_classification:
        check_no_event(event)
        return of.numbers(any(step.role == "outcome" for step in learner.models))
    outcome = of.classes(event)
    if len(outcome.labels) > 2 and "multiclass" not in learner.outcomes:
        raise InvalidInput(
            f"'y' has {len(outcome.labels)} classes, but {owner} takes outcomes of two classes. "
            "Use SLearner or TLearner, or one class against the rest."
        )
    return outcome


def _repeat(
    study: Study, of: StudyData, splitting: Splitting, request: Request
) -> tuple[Study, ...]:
    """The study with the splits of each repeat."""
    parameters, owner = request.parameters, request.asked.owner
    known = {k for k, b in study.bases.items() if isinstance(b.model.estimator, KnownPropensity)}
    weightless = known.union(parameters["unweighted"])
    scheme = Scheme(parameters["n_folds"], request.synchronize, of, weightless)
    n_repeats = checked_n_repeats(request)
    if n_repeats > 1 and of.cv is not None:
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
