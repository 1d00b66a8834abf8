"""Which names are public, and what the page of each shows. Knows nothing of how it looks."""  # noqa: INP001 - Sphinx imports it

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any

import causal_dask
import causal_dask.datasets
import causal_dask.models
import causal_dask.store
import causal_dask.studies
from causal_dask import MetaLearner

MODULES: list[ModuleType] = [
    causal_dask,
    causal_dask.datasets,
    causal_dask.models,
    causal_dask.store,
    causal_dask.studies,
]
"""The modules whose names are public."""

CODE = re.compile(r"(?:\w+\.)*(\w+)(?:\(.*\))?", re.DOTALL)
"""A name, dotted or not, or a call of it."""


SHOWN = {
    "MetaLearner": (
        "fit plan predict average_treatment_effect scores evaluate judged_effects effect_intervals "
        "plan_effect_intervals predict_conditional_average_outcomes predict_to_parquet "
        "propensity_scores predict_nuisance predict_treatment fit_all_nuisance fit_all_treatment "
        "fit_nuisance fit_treatment explainer feature_importances shap_values save to_onnx "
        "to_doubleml score set_output init_args timings_ models_ nuisance_models_ "
        "treatment_models_ stack_weights_ n_clipped_ clipping_threshold_ "
        "nuisance_model_specifications treatment_model_specifications"
    ),
    "ATEResult": (
        "between to_frame summary standard_error p_value interval simultaneous_interval joint_test"
    ),
    "Scores": "n_repeats average_effect group_effects of_rows",
    "GroupEffects": "to_frame between",
    "EstimateTable": "to_frame difference interval simultaneous_interval joint_test",
    "EffectIntervals": "interval simultaneous_interval",
    "CrossFitEstimator": (
        "fit predict predict_proba score clone estimators_ overall_estimator_ save"
    ),
    "Explainer": "from_estimates feature_importances shap_values",
    "JudgedEffects": "n_judged variants parts",
    "Gates": "most_less_least heterogeneity",
    "Clan": "adjusted_p_value",
    "RankCurve": "to_frame",
    "LinearProjection": "to_frame heterogeneity",
    "PolicyValue": "to_frame",
    "BudgetCurve": "to_frame",
    "PolicyTree": "predict to_text",
    "Choice": "one_standard_error_set summary differences_to top",
    "EnsembleLearner": "",
    "MetaLearnerGridSearch": "fit",
    "MissingExtra": "",
    "Plan": "visualize describe count result",
    "ParallelismReport": "plot",
    "SyntheticData": "effects ate take",
}
"""The members that are meant for users, of classes that have others; all of any other class."""


def public_names() -> dict[str, str]:
    """Where each public name is imported from, in full."""
    return {
        name: f"{module.__name__}.{name}"
        for module in reversed(MODULES)
        for name in module.__all__
        if not name.startswith("_")
    }


def methods() -> dict[str, str]:
    """The methods of learners whose names nobody would take for another word, in full."""
    return {name: f"causal_dask.MetaLearner.{name}" for name in learner_members() if "_" in name}


def target(code: str, names: Mapping[str, str]) -> str | None:
    """The full name of what a piece of code names or calls, if it is public."""
    found = CODE.fullmatch(code)
    return names.get(found[1]) if found else None


def object_of(full_name: str) -> Any:
    """The object that is imported by a full name."""
    module, _, name = full_name.rpartition(".")
    return getattr(import_module(module), name)


def members(full_name: str) -> list[str]:
    """The members of a class that its page shows, in their order.

    Of a learner, those that it has in place of ``MetaLearner``'s, or besides.
    """
    cls = object_of(full_name)
    if cls.__name__ in SHOWN:
        return SHOWN[cls.__name__].split()
    inherited = set(documented(MetaLearner)) if is_learner(full_name) else set()
    return [name for name in documented(cls) if name not in inherited]


def is_learner(full_name: str) -> bool:
    """Whether an object is a learner, and not their base class."""
    cls = object_of(full_name)
    return isinstance(cls, type) and issubclass(cls, MetaLearner) and cls is not MetaLearner


def learner_members() -> list[str]:
    """What all learners have."""
    return members("causal_dask.MetaLearner")


def documented(cls: type) -> list[str]:
    """The public members of a class with a docstring, from classes of this package."""
    return list(dict.fromkeys(_documented(cls)))


def _documented(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        if not base.__module__.startswith("causal_dask"):
            continue
        for name, value in vars(base).items():
            if not name.startswith("_") and _is_documented(value):
                yield name


def _is_documented(value: Any) -> bool:
    """Whether a member has a docstring of its own: a function, a property, a class method."""
    kinds = property | cached_property | classmethod | staticmethod
    if isinstance(value, kinds) or callable(value):
        return bool(value.__doc__)
    return False
