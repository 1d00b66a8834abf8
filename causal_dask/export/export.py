"""Builds the ONNX file of a fitted learner, from its models or from converted ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.export.base_models import PROBABILITIES, predicted, read_output
from causal_dask.export.effects import Effects, Value, models_of_effect
from causal_dask.export.graph import (
    FLOAT32,
    FLOAT64,
    INT64,
    NUMBER,
    OPSETS,
    STRING,
    TEXT,
    WHOLE,
    Graph,
    opsets_of,
)
from causal_dask.export.inputs import inputs_of, made_up_rows, variant_columns
from causal_dask.export.packages import onnxruntime
from causal_dask.fitted.cross_fits import cross_fits, model_of_all_rows
from causal_dask.fitted.fitted import Fitted
from causal_dask.fitted.stacks import stack_weights
from causal_dask.sources.whole_file import whole_file
from causal_dask.spec.learner import Model
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.study.tables.table import table_here
from causal_dask.tasks.rows import Array

MOST_DIFFERING = 0.01
"""The share of rows that float32 may put on the other side of a tree's split."""


def write_onnx(  # noqa: PLR0913 - a learner's question, passed on
    fitted: Fitted,
    path: str | os.PathLike[str],
    X: Any,
    predict: Callable[[Any], Array],
    output_name: str,
    tolerance: float,
    dtype: Any,
) -> Path:
    """Write the effects of a fitted learner as an ONNX file, once they equal ``predict``'s."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidType(f"'path' must be the path of a file. Got {path!r}.")
    target = Path(path).expanduser().resolve()
    if not target.parent.is_dir():
        raise InvalidInput(f"'path' is in {target.parent}, which is no folder. Create it first.")
    if np.dtype(dtype) not in {np.dtype(np.float32), np.dtype(np.float64)}:
        raise InvalidInput(f"'dtype' must be 'float32' or 'float64'. Got {dtype!r}.")
    columns = fitted.prepared.columns
    inputs = inputs_of(columns)
    graph = Graph(dtype)
    inputs.declare(graph)
    models = necessary_models(fitted)

    def value(step: Model, variant: int | None) -> Value:
        compiler = Compiler(fitted.learner, fitted.study)
        own = step.owner(variant)
        position = step.owners(fitted.study.n_variants).index(own)
        shown = variant if step.variant_as_feature else None
        seen = inputs.seen(graph, compiler.design(step, own), shown)
        label = None if own is None else fitted.prepared.variants[own]
        what = step.name if own is None else f"{step.name} of variant {label!r}"
        return predicted(models[step.name][position], seen, n_classes(fitted, step), what)

    made = _finished(fitted, graph, value, output_name)
    table = as_in_fit(table_here(made_up_rows(inputs, columns) if X is None else X), columns)
    _compare(made, inputs.feeds(table.content, graph.dtype), predict(table.content), tolerance)
    with whole_file(target) as file:
        file.write(made.SerializeToString())
    return target


def necessary_models(fitted: Fitted) -> dict[str, list[Any]]:
    """The fitted models on all rows that effects of new rows are made of, by kind."""
    known = cross_fits(fitted)
    found: dict[str, list[Any]] = {}
    for step in models_of_effect(fitted.learner):
        for own in step.owners(fitted.study.n_variants):
            model = known.get((step.name, own))
            if model is None or () not in model.fits:
                raise InvalidInput(
                    f"The {step.name} was not fitted on all rows, as effects of new rows need it. "
                    "Fit with enable_overall=True and keep_models=True."
                )
            overall = model_of_all_rows(model)
            found.setdefault(step.name, []).append(getattr(overall, "inner_model_", overall))
    return found


def combined(fitted: Fitted, models: Mapping[str, Sequence[Any]], output_name: str) -> Any:
    """One ONNX model of a learner's effects, from converted models of ``necessary_models``."""
    steps = models_of_effect(fitted.learner)
    _check_models(fitted, models, steps)
    first = models[steps[0].name][0]
    every = [model for given in models.values() for model in given]
    opsets = {**OPSETS, **_at_least(opsets_of(every))}
    kind = first.graph.input[0].type.tensor_type.elem_type
    graph = Graph(np.float64 if kind == FLOAT64 else np.float32, opsets)
    compiler = Compiler(fitted.learner, fitted.study)
    given = list(first.graph.input)
    widths = [_width(each) for each in given]

    def value(step: Model, variant: int | None) -> Value:
        own = step.owner(variant)
        design = compiler.design(step, own)
        model = models[step.name][step.owners(fitted.study.n_variants).index(own)]
        feeds = {each.name: each.name for each in given}
        also = variant_columns(design, variant)
        if also:
            name = given[0].name
            feeds = {name: graph.beside(name, graph.in_each_row(also, name))}
        classes = range(n_classes(fitted, step))
        return read_output(graph, model, feeds, n_classes(fitted, step), classes)

    seers = [step for step in steps if step.variant_as_feature]
    n_also = sum(len(variant_columns(compiler.design(step, None), 0)) for step in seers)
    if n_also and len(given) > 1:
        raise InvalidInput(
            f"A model that sees the variant must have one input, the covariates and {n_also} "
            f"columns of the variant. Got {[each.name for each in given]}. Use to_onnx."
        )
    for each, width in zip(given, widths, strict=True):
        graph.input(each.name, _KINDS.get(each.type.tensor_type.elem_type, NUMBER), width - n_also)
    return _finished(fitted, graph, value, output_name)


def n_classes(fitted: Fitted, step: Model) -> int:
    """The number of classes that a kind of model predicts; 0 for a regression."""
    of_role = {"propensity": fitted.study.n_variants, "outcome": fitted.study.n_classes}
    return of_role.get(step.role, 0)


def _finished(fitted: Fitted, graph: Graph, value: Any, output_name: str) -> Any:
    study, prepared = fitted.study, fitted.prepared
    names = prepared.columns.names or range(prepared.columns.n_features)
    about = {
        "learner": fitted.learner.name,
        "variants": [_plain(label) for label in prepared.variants],
        "classes": [_plain(label) for label in prepared.classes],
        "covariates": [_plain(name) for name in names],
    }
    weights = {(kind, own): w for (_, kind, own), (_, w) in stack_weights(fitted).items()}
    tau = Effects(graph, fitted.learner, study, value, weights).tau()
    return graph.finish(tau, output_name, (study.n_variants - 1, study.n_outputs), about)


def _compare(model: Any, feeds: Mapping[str, Array], expected: Array, tolerance: float) -> None:
    """Raise unless the file gives the effects that the learner predicts."""
    try:
        session = onnxruntime().InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        (found,) = session.run(None, dict(feeds))
    except Exception as error:  # onnxruntime's own errors have no other class in common
        types = sorted({str(values.dtype) for values in feeds.values() if values.dtype.kind == "f"})
        raise InvalidInput(
            f"onnxruntime cannot run the file, whose numbers are {' and '.join(types)}: "
            f"{' '.join(str(error).split())[:300]}. Try the other 'dtype', or another model."
        ) from error
    scale = max(1.0, float(np.abs(expected).max()))
    differences = np.abs(found - expected).reshape(len(expected), -1).max(axis=1)
    differing = ~(differences <= tolerance * scale)
    if differing.mean() > MOST_DIFFERING:
        raise InvalidInput(
            f"The ONNX file does not give the effects that predict gives: {differing.sum():,} of "
            f"{len(expected):,} rows differ by more than {tolerance * scale:.2g}, up to "
            f"{np.nanmax(differences):.2g}. {_advice(feeds)}"
        )


def _advice(feeds: Mapping[str, Array]) -> str:
    """What may stand in the way, and what to do."""
    if any(values.dtype == np.float32 for values in feeds.values()):
        return (
            "Pass dtype='float64', in case values round to the other side of a tree's split. Else "
            "a base model's converter does not reproduce it: encode categories by a pipeline, or "
            "use another model."
        )
    return (
        "A base model's converter does not reproduce it: encode categories by a pipeline, or use "
        "another model."
    )


def _check_models(fitted: Fitted, models: Mapping[str, Any], steps: Sequence[Model]) -> None:
    """Raise unless converted models are of the kinds, numbers and inputs that are needed."""
    needed = {step.name: len(step.owners(fitted.study.n_variants)) for step in steps}
    found = {kind: len(given) for kind, given in models.items()}
    if found != needed:
        raise InvalidInput(
            f"'models' must hold converted models by kind, as many as {needed}, from "
            f"_necessary_onnx_models. Got {found}."
        )
    compiler = Compiler(fitted.learner, fitted.study)
    first = models[steps[0].name][0].graph.input
    for step in steps:
        for model, own in zip(models[step.name], step.owners(fitted.study.n_variants), strict=True):
            if compiler.design(step, own).features is not None:
                raise InvalidInput("With 'feature_set', use to_onnx, which knows the columns.")
            if list(model.graph.input) != list(first):
                raise InvalidInput(
                    f"All models need the same inputs. A {step.name} has "
                    f"{[each.name for each in model.graph.input]}, another model "
                    f"{[each.name for each in first]}, or their types and shapes differ."
                )
            _check_outputs(step.name, model, n_classes(fitted, step))


def _check_outputs(kind: str, model: Any, n_probabilities: int) -> None:
    names = [output.name for output in model.graph.output]
    if n_probabilities and not PROBABILITIES & set(names):
        raise InvalidInput(
            f"The {kind} needs an output of probabilities, called one of "
            f"{sorted(PROBABILITIES)}. Got {names}. Convert it with zipmap=False."
        )
    if not n_probabilities and len(names) != 1:
        raise InvalidInput(f"The {kind} must have one output. Got {names}.")


def _at_least(opsets: Mapping[str, int]) -> dict[str, int]:
    return {domain: max(version, OPSETS.get(domain, 1)) for domain, version in opsets.items()}


_KINDS = {FLOAT32: NUMBER, FLOAT64: NUMBER, INT64: WHOLE, STRING: TEXT}


def _width(given: Any) -> int:
    return int(given.type.tensor_type.shape.dim[-1].dim_value)


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
