"""Which base models can be fitted to prepared covariates, and what their preparation depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from causal_dask.declared import saved

MOST_BINS = 256
"""XGBoost's own number of bins; of more, it would need two bytes for each value."""


@saved("Preparation")
@dataclass(frozen=True, slots=True)
class Preparation:
    """How covariates are prepared for a base model, and the settings that this depends on."""

    kind: Literal["bins", "dataset", "factors", "leverages", "inner folds"]
    settings: Mapping[str, Any]

    @property
    def is_of_sums(self) -> bool:
        """Whether fits choose a penalty by sums of their rows."""
        return self.kind in {"leverages", "inner folds"}


def preparation_for(estimator: Any) -> Preparation | None:
    """How covariates are prepared for an estimator; None if its fits cannot share that."""
    cls = type(estimator)
    find = KNOWN.get((cls.__module__.partition(".")[0], cls.__qualname__))
    return find(estimator) if find else None


def _of_xgboost(estimator: Any) -> Preparation | None:
    asked = estimator.get_params(deep=False)
    usual: dict[str, tuple[Any, ...]] = {
        "booster": (None, "gbtree", "dart"),
        "tree_method": (None, "auto", "hist"),
        "device": (None, "cpu"),
        "feature_types": (None,),
        "feature_weights": (None,),
        "early_stopping_rounds": (None,),
    }
    if any(asked.get(name) not in values for name, values in usual.items()):
        return None
    n_bins = asked.get("max_bin") or MOST_BINS
    is_missing = asked.get("missing")
    hook = hasattr(type(estimator), "_create_dmatrix")
    if n_bins > MOST_BINS or not isinstance(is_missing, float) or not np.isnan(is_missing):
        return None
    return Preparation("bins", {"n_bins": int(n_bins)}) if hook else None


DATASET_SETTINGS = ("max_bin", "min_data_in_bin", "use_missing", "zero_as_missing")
"""LightGBM's parameters that say how columns are cut, by the names that are understood here."""

LIGHTGBM_PARAMETERS = frozenset({
    "boosting_type", "num_leaves", "max_depth", "learning_rate", "n_estimators", "objective",
    "subsample_for_bin", "min_split_gain", "min_child_weight", "min_child_samples", "subsample",
    "subsample_freq", "colsample_bytree", "reg_alpha", "reg_lambda", "random_state", "n_jobs",
    "importance_type", "verbose", "verbosity", "deterministic", "force_row_wise", "force_col_wise",
    "min_data_in_leaf", "lambda_l1", "lambda_l2", "path_smooth", "extra_trees", "max_delta_step",
    "bagging_fraction", "bagging_freq", "feature_fraction", "cat_smooth", *DATASET_SETTINGS,
})  # fmt: skip
"""Parameters with which a shared dataset is known to give what a plain one does."""


def _of_lightgbm(estimator: Any) -> Preparation | None:
    asked = {k: v for k, v in estimator.get_params(deep=False).items() if v is not None}
    unknown = asked.keys() - LIGHTGBM_PARAMETERS - {"class_weight"}
    if unknown or asked.get("class_weight") is not None or callable(asked.get("objective")):
        return None
    settings = {name: asked[name] for name in DATASET_SETTINGS if name in asked}
    return Preparation("dataset", {**settings, "n_sampled": int(asked["subsample_for_bin"])})


def _of_linear(estimator: Any) -> Preparation | None:
    asked = estimator.get_params(deep=False)
    of_ridge = asked.get("solver", "auto") in {"auto", "cholesky", "svd"} and isinstance(
        asked.get("alpha", 1.0), Real
    )
    return None if asked.get("positive") or not of_ridge else Preparation("factors", {})


def _of_ridge_cv(estimator: Any) -> Preparation | None:
    asked = estimator.get_params(deep=False)
    usual: dict[str, tuple[Any, ...]] = {
        "cv": (None,),
        "scoring": (None,),
        "alpha_per_target": (False,),
        "store_cv_results": (None, False),  # None before scikit-learn 1.7
        "store_cv_values": (None, False, "deprecated"),  # its name before
    }
    if any(asked.get(name) not in values for name, values in usual.items()):
        return None
    return Preparation("leverages", {}) if _are_penalties(asked["alphas"]) else None


def _are_penalties(alphas: Any) -> bool:
    """Whether these are positive numbers; of others the estimator itself has to complain."""
    many = np.asarray(alphas)
    are_numbers = many.dtype.kind in "fiu" and many.ndim <= 1 and many.size > 0
    return bool(are_numbers and np.isfinite(many).all() and (many > 0).all())


def _of_lasso_cv(estimator: Any) -> Preparation | None:
    asked = estimator.get_params(deep=False)
    cv, gram = asked["cv"], asked["precompute"]
    is_plain = cv is None or (isinstance(cv, Integral) and int(cv) > 1)
    return Preparation("inner folds", {}) if is_plain and isinstance(gram, bool | str) else None


KNOWN = {
    ("xgboost", "XGBRegressor"): _of_xgboost,
    ("xgboost", "XGBClassifier"): _of_xgboost,
    ("lightgbm", "LGBMRegressor"): _of_lightgbm,
    ("lightgbm", "LGBMClassifier"): _of_lightgbm,
    ("sklearn", "LinearRegression"): _of_linear,
    ("sklearn", "Ridge"): _of_linear,
    ("sklearn", "RidgeCV"): _of_ridge_cv,
    ("sklearn", "LassoCV"): _of_lasso_cv,
}
"""The classes that are known, by package and name, so that no package is imported to ask."""
