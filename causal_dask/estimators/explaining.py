"""Explains a fitted learner by models of its effects: its own where it has one per treatment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.judging.peers import Comparing
from causal_dask.explanation.explainer import Explainer
from causal_dask.fitted.answer_checks import lacking
from causal_dask.fitted.cross_fits import cross_fits, model_of_all_rows
from causal_dask.study.cross_fits import CrossFit
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.study.tables.table import table_here
from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.rows import Array, covariates


class Explaining(Comparing):
    """A learner that can be explained once it is fitted."""

    @ShortTraceback()
    def explainer(
        self,
        X: Any = None,
        cate_estimates: Array | None = None,
        cate_model_factory: Any = None,
        cate_model_params: Mapping[str, Any] | None = None,
    ) -> Explainer:
        """An explainer of the treatment models, or of surrogates that are fitted to the effects.

        Parameters
        ----------
        X : table of shape (n_rows, n_features), optional
            Covariates on which surrogates are fitted.
        cate_estimates : array of shape (n_rows, n_variants - 1, n_outputs), optional
            The effects that surrogates are fitted to.
        cate_model_factory : class, optional
            Makes a surrogate. If these three are left out, the learner's treatment models are
            explained, as the R- and the DR-learner have them.
        cate_model_params : dict, optional
            Parameters of the surrogates.

        Returns
        -------
        Explainer

        Raises
        ------
        InvalidInput
            If only some of the three are given, or none for a learner without a treatment model
            for each treatment.
        """
        given = [X is not None, cate_estimates is not None, cate_model_factory is not None]
        if all(given) and cate_estimates is not None:
            return Explainer.from_estimates(
                X, cate_estimates, cate_model_factory, cate_model_params
            )
        if any(given):
            raise InvalidInput(
                "Pass all of 'X', 'cate_estimates' and 'cate_model_factory', for a surrogate, or "
                "none of them, for the learner's own treatment models."
            )
        return Explainer(list(self._effect_models()))

    @ShortTraceback()
    def feature_importances(  # noqa: PLR0913 - the drop-in signature
        self,
        feature_names: Collection[str] | None = None,
        normalize: bool = False,
        sort_values: bool = False,
        explainer: Explainer | None = None,
        X: Any = None,
        cate_estimates: Array | None = None,
        cate_model_factory: Any = None,
        cate_model_params: Mapping[str, Any] | None = None,
    ) -> list[pd.Series[Any]]:
        """The importances that models of the effect have of themselves.

        Parameters
        ----------
        feature_names, normalize, sort_values
            As in ``Explainer.feature_importances``.
        explainer : Explainer, optional
            Which models are asked, instead of those that the next arguments make.
        X, cate_estimates, cate_model_factory, cate_model_params
            As in ``explainer``.

        Returns
        -------
        list of Series
            One for each treatment.
        """
        asked = explainer or self.explainer(
            X, cate_estimates, cate_model_factory, cate_model_params
        )
        return asked.feature_importances(normalize, feature_names, sort_values)

    @ShortTraceback()
    def shap_values(  # noqa: PLR0913 - the drop-in signature
        self,
        X: Any,
        shap_explainer_factory: Any,
        shap_explainer_params: Mapping[str, Any] | None = None,
        explainer: Explainer | None = None,
        cate_estimates: Array | None = None,
        cate_model_factory: Any = None,
        cate_model_params: Mapping[str, Any] | None = None,
    ) -> list[Array]:
        """SHAP values of models of the effect, in its units.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            The rows that are explained.
        shap_explainer_factory, shap_explainer_params
            As in ``Explainer.shap_values``.
        explainer : Explainer, optional
            Which models are asked, instead of those that the next arguments make.
        cate_estimates, cate_model_factory, cate_model_params
            As in ``explainer``; surrogates are fitted on ``X``.

        Returns
        -------
        list of arrays of shape (n_rows, n_features)
            One for each treatment.
        """
        is_own = explainer is None and cate_estimates is None and cate_model_factory is None
        if explainer is None:
            known = {} if is_own else {"X": X, "cate_estimates": cate_estimates}
            explainer = self.explainer(
                **known, cate_model_factory=cate_model_factory, cate_model_params=cate_model_params
            )
        seen = self._seen_by_effect_models(X) if is_own else X
        return explainer.shap_values(seen, shap_explainer_factory, shap_explainer_params)

    def _effect_models(self) -> list[Any]:
        """The model of each treatment's effect that was fitted on all rows."""
        found = self._effect_cross_fits()
        if any(() not in model.fits for model in found):
            raise InvalidInput(
                "With enable_overall=False no treatment model is fitted on all rows. Fit with "
                "enable_overall=True, or pass 'X', 'cate_estimates' and 'cate_model_factory'."
            )
        return [model_of_all_rows(model) for model in found]

    def _effect_cross_fits(self) -> list[CrossFit]:
        """The cross-fitted model of each treatment's effect."""
        self._check_one_repeat("An explainer of treatment models")
        effect = self.declaration.effect
        if effect.name not in {step.name for step in self.declaration.models}:
            raise InvalidInput(
                f"{type(self).__name__} has no treatment model of its own for each treatment. Pass "
                "'X', 'cate_estimates' and 'cate_model_factory', for a surrogate."
            )
        fitted = self._fitted_state()
        known = cross_fits(fitted)
        if not all((effect.name, k) in known for k in fitted.study.contrasts):
            raise lacking(f"the {effect.name} of each fold and of all rows")
        return [known[effect.name, k] for k in fitted.study.contrasts]

    def _seen_by_effect_models(self, X: Any) -> Any:
        """The columns of a table that the treatment models see."""
        model = self._effect_cross_fits()[0]
        table = as_in_fit(table_here(X), model.columns)
        seen = covariates(table.content, model.design, None, None)
        return named_for(model_of_all_rows(model), seen)
