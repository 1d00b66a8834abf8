"""The cross-fits of a fitted learner, and a cross-fit as a learner that can be asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import Data
from causal_dask.learners.cross_fit import CROSS_FIT
from causal_dask.runtime.run import gather
from causal_dask.spec.learner import Model, Ref
from causal_dask.spec.stacks import candidate_of
from causal_dask.study.cross_fits import CrossFit, Owner, subjects
from causal_dask.study.request import Prepared
from causal_dask.study.study import OutOfSample, Study
from causal_dask.tasks.rows import Array

OVERALL = "overall"
"""What the model of all rows is called, beside the numbers of folds."""


def cross_fits(fitted: Fitted) -> dict[Owner, CrossFit]:
    """Every finished model of a fitted learner, with the rows it was trained on."""
    study = fitted.study
    compiler = Compiler(fitted.learner, study)
    return {
        (step.name, own): fitted.prepared.cross_fits.get((step.name, own))
        or _cross_fit(fitted, compiler, step, own)
        for step in fitted.learner.models
        for own in answers.owners(compiler, step)
        if _is_complete(fitted, compiler, step, own)
    }


def check_no_stacks(known: Collection[Owner]) -> None:
    """Raise if some of these models are candidates of a stack, whose weights they do not carry."""
    if any(candidate_of(kind) for kind, _ in known):
        raise InvalidInput(
            "fit_all_treatment takes one model of each kind, and several are stacked here. Use fit."
        )


def models_of(model: CrossFit) -> dict[int | str, Any]:
    """The fitted models by the fold that each held out; the one of all rows is ``"overall"``."""
    single = {without: data.value for without, data in model.fits.items() if len(without) < 2}
    names = {without: str(without[0]) if without else OVERALL for without in single}
    found = gather({names[without]: value for without, value in single.items()})
    return {int(name) if name != OVERALL else name: value for name, value in found.items()}


def model_of_all_rows(model: CrossFit) -> Any:
    """The fitted model of all rows; those of the folds stay where they are."""
    return gather({OVERALL: model.fits[()].value})[OVERALL]


def models_by_kind(fitted: Fitted) -> dict[str, dict[Any, dict[int | str, Any]]]:
    """The fitted models by kind, by the label of the variant or None, and by fold."""
    labels = fitted.prepared.variants
    found: dict[str, dict[Any, dict[int | str, Any]]] = {}
    for (kind, own), model in cross_fits(fitted).items():
        found.setdefault(kind, {})[None if own is None else labels[own]] = models_of(model)
    return found


def _cross_fit(fitted: Fitted, compiler: Compiler, step: Model, own: int | None) -> CrossFit:
    study, prepared = fitted.study, fitted.prepared
    split = study.splits[step.name]
    classes = {"propensity": prepared.variants, "outcome": prepared.classes}.get(step.role, ())
    return CrossFit(
        X_key=study.X.key,
        hashes=prepared.row_hashes,
        folds=split.values,
        n_folds=split.n_folds,
        fits=_fits(fitted, compiler, step, own),
        design=compiler.design(step, own),
        columns=prepared.columns,
        classes=tuple(classes),
        n_columns=len(classes),
        about=subjects(step, own, prepared.variants),
    )


def _is_complete(fitted: Fitted, compiler: Compiler, step: Model, own: int | None) -> bool:
    """Whether all fits of a model have finished."""
    if (step.name, own) in fitted.study.cross_fits:
        return True
    if step.name not in fitted.study.bases:
        return False
    keys = (compiler.fit(step, own, w).key for w in answers.folds_left_out(compiler, step))
    return all(key in fitted.results for key in keys)


def _fits(
    fitted: Fitted, compiler: Compiler, step: Model, own: int | None
) -> dict[tuple[int, ...], Data]:
    keys = {w: compiler.fit(step, own, w).key for w in answers.folds_left_out(compiler, step)}
    return {without: Data(key, fitted.results[key]) for without, key in keys.items()}


def as_fitted(model: CrossFit) -> Fitted:
    """A cross-fitted model as a learner that has nothing else."""
    nothing = Data("none", None)
    study = Study(
        X=Data(model.X_key, None),
        y=nothing,
        w=nothing,
        n_variants=1,
        n_classes=model.n_columns,
        bases={},
        splits={},
        options={},
        seed=0,
        overall=() in model.fits,
        cross_fits={("estimator", None): model.with_folds(model.folds)},
    )
    prepared = Prepared((study,), model.columns, (0,), model.classes, model.hashes)
    return Fitted(CROSS_FIT, prepared, {})


def predicted_by(model: CrossFit, X: Any, is_oos: bool | None, method: OutOfSample) -> Array:
    """What a cross-fitted model predicts by itself, (n_rows, n_columns)."""
    fitted = as_fitted(model)
    target = fitted.target(X, is_oos, method)
    ((found,),) = fitted.ask(
        target, lambda compiler: [compiler.value(Ref("estimator"), None, target.rows)]
    )
    return np.asarray(found)
