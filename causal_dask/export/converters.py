"""Fitted base models as ONNX models, by the converters of other packages."""

from __future__ import annotations

import copy
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from causal_dask.errors import InvalidInput
from causal_dask.export.graph import FLOAT32, OPSETS
from causal_dask.export.packages import converter, onnx, skl2onnx

Convert = Callable[[Any, Any, Any], None]

TREES = "TreeEnsemble"
"""How the names of ONNX's operators for trees begin."""

IN_DOUBLE = {"nodes_values", "nodes_hitrates", "target_weights", "class_weights", "base_values"}
"""Attributes of those operators that have a form in float64."""

CLASSIFIER_OPTIONS = {
    "zipmap": [True, False, "columns"], "nocl": [True, False], "raw_scores": [True, False],
    "decision_path": [True, False], "decision_leaf": [True, False],
}  # fmt: skip

REGRESSOR_OPTIONS = {"decision_path": [True, False], "decision_leaf": [True, False], "split": None}


def converted(model: Any, inputs: Sequence[tuple[str, Any]], what: str) -> Any:
    """A fitted model as an ONNX model; raises with what stands in the way."""
    _register("lightgbm" in sys.modules)
    options = {"zipmap": False} if is_classifier(model) else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = skl2onnx().convert_sklearn(
                model, initial_types=list(inputs), options=options, target_opset=dict(OPSETS)
            )
    except Exception as error:
        reason = textwrap.shorten(str(error), 300, placeholder=" …")
        raise InvalidInput(
            f"The {what}, a {type(model).__name__}, cannot be converted to ONNX: {reason} Use "
            "linear models, trees or boosted trees of scikit-learn, XGBoost or LightGBM, with "
            "categories encoded by a pipeline."
        ) from error
    return _with_outputs_of_trees(made)


@cache
def _register(has_lightgbm: bool) -> None:
    """Tell skl2onnx how to convert models of other packages, alone and in pipelines."""
    for cls, convert in _converters(has_lightgbm):
        classifies = issubclass(cls, ClassifierMixin)
        options = CLASSIFIER_OPTIONS if classifies else REGRESSOR_OPTIONS
        shapes = (
            "calculate_linear_classifier_output_shapes"
            if classifies
            else "calculate_linear_regressor_output_shapes"
        )
        skl2onnx().update_registered_converter(
            cls,
            f"CausalDask{cls.__name__}",
            converter("skl2onnx.common.shape_calculator", shapes),
            convert,
            options=options,
        )


def _converters(has_lightgbm: bool) -> list[tuple[type, Convert]]:
    """Classes and their converters."""
    from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor  # noqa: PLC0415

    forest = "skl2onnx.operator_converters.random_forest"
    boosted = "onnxmltools.convert.xgboost.operator_converters.XGBoost"
    xgboost = converter(boosted, "convert_xgboost")
    classes = (XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor)
    found: list[tuple[type, Convert]] = [(cls, _boosted(xgboost)) for cls in classes]
    classify = partial(converter(forest, "convert_sklearn_random_forest_classifier"), op_version=3)
    regress = partial(
        converter(forest, "convert_sklearn_random_forest_regressor_converter"), op_version=3
    )
    found += [
        (HistGradientBoostingClassifier, _exact(classify)),
        (HistGradientBoostingRegressor, _exact(regress)),
    ]
    if has_lightgbm:
        from lightgbm import LGBMClassifier, LGBMRegressor  # noqa: PLC0415

        trees = "onnxmltools.convert.lightgbm.operator_converters.LightGbm"
        lightgbm = converter(trees, "convert_lightgbm")
        found += [(LGBMClassifier, _exact(lightgbm)), (LGBMRegressor, _exact(lightgbm))]
    return found


def _boosted(convert: Convert) -> Convert:
    """A converter of XGBoost's models, which knows features by their numbers, in float32."""

    def unnamed(scope: Any, operator: Any, container: Any) -> None:
        model = operator.raw_operator
        if "c" in (model.get_booster().feature_types or []):
            raise InvalidInput("its converter does not know XGBoost's categories.")
        operator.raw_operator = copy.deepcopy(model)
        operator.raw_operator.get_booster().feature_names = None
        operator.raw_operator.get_booster().feature_types = None
        add_node = container.add_node

        def add(op_type: str, inputs: Any, outputs: Any, **attributes: Any) -> Any:
            if op_type.startswith(TREES):
                numbers = scope.get_unique_variable_name("numbers")
                add_node("Cast", inputs, [numbers], to=FLOAT32, name=numbers)
                inputs = [numbers]
            return add_node(op_type, inputs, outputs, **attributes)

        container.add_node = add
        try:
            convert(scope, operator, container)
        finally:
            del container.add_node
            operator.raw_operator = model

    return unnamed


def _exact(convert: Convert) -> Convert:
    """A converter of trees that keeps thresholds in float64 where the numbers are.

    Truth values become whole numbers, since newer versions of onnx refuse them.
    """

    def exact(scope: Any, operator: Any, container: Any) -> None:
        add_node = container.add_node
        doubles = type(operator.inputs[0].type).__name__ == "DoubleTensorType"

        def add(op_type: str, inputs: Any, outputs: Any, **attributes: Any) -> Any:
            given = {name: _whole(value) for name, value in attributes.items()}
            if doubles and op_type.startswith(TREES):
                given = dict(_double(name, value) for name, value in given.items())
            return add_node(op_type, inputs, outputs, **given)

        container.add_node = add
        try:
            convert(scope, operator, container)
        finally:
            del container.add_node

    return exact


def _whole(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], bool | np.bool_ | np.integer):
        return [int(each) for each in value]
    return value


def _double(name: str, value: Any) -> tuple[str, Any]:
    """An attribute of trees in float64, which has another name."""
    if name not in IN_DOUBLE or value is None:
        return name, value
    array = np.asarray(value, dtype=np.float64)
    return f"{name}_as_tensor", onnx().numpy_helper.from_array(array, f"{name}_as_tensor")


def _with_outputs_of_trees(model: Any) -> Any:
    """A converted model whose trees' outputs are float32, as ONNX has it, then what was said."""
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        if node.op_type.startswith(TREES):
            said, single = node.output[-1], f"{node.output[-1]}_of_trees"
            node.output[-1] = single
            cast = onnx().helper.make_node("Cast", [single], [said], to=_type_of(model, said))
            nodes.append(cast)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def _type_of(model: Any, name: str) -> int:
    """The type that a value of a model is said to have; float32 if nothing says so."""
    for value in (*model.graph.output, *model.graph.value_info):
        if value.name == name:
            return int(value.type.tensor_type.elem_type)
    return FLOAT32
