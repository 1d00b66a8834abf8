"""Importances and SHAP values of models of the effect, one for each treatment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.tasks.rows import Array


class Explainer:
    """What models of the effect say of their features.

    An importance explains the estimate, not the world: it is no test of whether a covariate
    moderates the effect.

    Parameters
    ----------
    cate_models : list of fitted estimators
        One for each treatment, in the order of the variants.

    Attributes
    ----------
    explains : str
        ``"treatment models"`` of a learner, or ``"surrogate"``: models fitted to its effects.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> X = np.arange(20.0).reshape(10, 2) % 7
    >>> effects = (X[:, 0] > 3).astype(float).reshape(10, 1, 1)
    >>> explainer = Explainer.from_estimates(X, effects, DecisionTreeRegressor)
    >>> explainer.feature_importances(normalize=True)[0].round(1).to_dict()
    {'Feature 0': 1.0, 'Feature 1': 0.0}
    """

    def __init__(self, cate_models: Sequence[Any]) -> None:
        self.cate_models = list(cate_models)
        self.explains = "treatment models"

    def __repr__(self) -> str:
        names = [type(getattr(each, "inner_model_", each)).__name__ for each in self.cate_models]
        return f"<Explainer of {self.explains}: {', '.join(names)}>"

    @classmethod
    @ShortTraceback()
    def from_estimates(
        cls,
        X: Any,
        cate_estimates: Array,
        cate_model_factory: Any,
        cate_model_params: Mapping[str, Any] | None = None,
    ) -> Explainer:
        """Fit a surrogate to each treatment's effects.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Covariates.
        cate_estimates : array of shape (n_rows, n_variants - 1, n_outputs)
            Effects, as ``predict`` returns them. Of classes, the last output is explained.
        cate_model_factory : class
            Makes a regressor.
        cate_model_params : dict, optional
            Its parameters.

        Returns
        -------
        Explainer

        Raises
        ------
        InvalidInput
            If the effects are not of the rows of ``X``, or have other than three dimensions.
        """
        estimates = np.asarray(cate_estimates)
        if estimates.ndim != 3 or len(estimates) != X.shape[0]:
            raise InvalidInput(
                "'cate_estimates' must have the shape (n_rows, n_variants - 1, n_outputs) with a "
                f"row for each of the {X.shape[0]} of 'X', as predict returns them. Got "
                f"{estimates.shape}."
            )
        made = cls(
            [
                cate_model_factory(**(cate_model_params or {})).fit(X, estimates[:, k, -1])
                for k in range(estimates.shape[1])
            ]
        )
        made.explains = "surrogate"
        return made

    @ShortTraceback()
    def feature_importances(
        self,
        normalize: bool = False,
        feature_names: Collection[str] | None = None,
        sort_values: bool = False,
    ) -> list[pd.Series[Any]]:
        """The importances that the models themselves have.

        Parameters
        ----------
        normalize : bool, default False
            Whether each treatment's importances sum to one.
        feature_names : list of str, optional
            Names of the features; ``Feature 0`` and so on if left out.
        sort_values : bool, default False
            Whether the greatest comes first.

        Returns
        -------
        list of Series
            One for each treatment.

        Raises
        ------
        InvalidInput
            If a model has no ``feature_importances_``, or names are missing.
        """
        return [
            _importances(model, k, normalize, feature_names, sort_values)
            for k, model in enumerate(self.cate_models, start=1)
        ]

    @ShortTraceback()
    def shap_values(
        self,
        X: Any,
        shap_explainer_factory: Any,
        shap_explainer_params: Mapping[str, Any] | None = None,
    ) -> list[Array]:
        """SHAP values of the effect, in its units.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The columns that the models see.
        shap_explainer_factory : class
            An explainer of the package shap (extra ``shap``), such as ``shap.TreeExplainer``.
        shap_explainer_params : dict, optional
            Its parameters beside the model.

        Returns
        -------
        list of arrays of shape (n_rows, n_features)
            One for each treatment.
        """
        parameters = shap_explainer_params or {}
        models = [getattr(model, "inner_model_", model) for model in self.cate_models]
        explainers = [shap_explainer_factory(model, **parameters) for model in models]
        return [np.asarray(explainer.shap_values(X)) for explainer in explainers]


def _importances(
    model: Any, k: int, normalize: bool, names: Collection[str] | None, in_order: bool
) -> pd.Series[Any]:
    """The importances of one treatment's model, whose number is told in errors."""
    if not hasattr(model, "feature_importances_"):
        raise InvalidInput(
            f"The model of treatment {k}, a {type(model).__name__}, has no feature_importances_. "
            "Use a model that has, such as LGBMRegressor, or effect_importances, which needs none."
        )
    values = np.asarray(model.feature_importances_)
    labels = [f"Feature {n}" for n in range(len(values))] if names is None else list(names)
    if len(labels) != len(values):
        raise InvalidInput(
            f"'feature_names' has {len(labels)} names, but the model sees {len(values)} features."
        )
    found = pd.Series(values / values.sum() if normalize else values, index=labels)
    return found.sort_values(ascending=False) if in_order else found
