"""One cross-fitted model on its own, and the models of fitted learners as such.

Compiled from a declaration like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score, r2_score

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput, NotFitted, ShortTraceback
from causal_dask.estimators.single_model import cross_fit_of
from causal_dask.fitted.cross_fits import OVERALL, models_of, predicted_by
from causal_dask.saving.save import Savable
from causal_dask.study.cross_fits import CrossFit
from causal_dask.study.request import Given
from causal_dask.study.study import OutOfSample
from causal_dask.tasks.estimators import unfitted_copy
from causal_dask.tasks.rows import Array


@saved("CrossFitEstimator")
class CrossFitEstimator(Savable, BaseEstimator):
    """An estimator fitted once without each fold, and once on all rows.

    Parameters
    ----------
    n_folds : int
        Folds of the cross-fitting.
    estimator_factory : class or estimator
        Makes the model.
    estimator_params : dict, optional
        Its parameters.
    enable_overall : bool, default True
        Whether a model is also fitted on all rows, which predictions of new data need.
    random_state : int, numpy generator or None
        Draws the folds and seeds the model if it has no seed of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> model = CrossFitEstimator(5, LinearRegression, random_state=0).fit(X, 2 * X[:, 0])
    >>> model.predict(X)[:3].round(6)
    array([0., 2., 4.])
    """

    def __init__(
        self,
        n_folds: int,
        estimator_factory: Any,
        estimator_params: Mapping[str, Any] | None = None,
        enable_overall: bool = True,
        random_state: Any = None,
    ) -> None:
        self.n_folds = n_folds
        self.estimator_factory = estimator_factory
        self.estimator_params = estimator_params
        self.enable_overall = enable_overall
        self.random_state = random_state

    @ShortTraceback()
    def fit(  # noqa: PLR0913 - as the drop-in one, and with care
        self,
        X: Any,
        y: Any,
        fit_params: Mapping[str, Any] | None = None,
        n_jobs_cross_fitting: int | None = None,
        cv: Any = None,
        *,
        store: Any = None,
        retries: int = 0,
    ) -> Self:
        """Fit the model without each fold, and on all rows.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Covariates.
        y : array or Series of shape (n_rows,)
            Target: numbers, or classes for a classifier.
        fit_params : dict, optional
            Passed to the model's ``fit``; arrays with an entry per row are cut to its rows.
        n_jobs_cross_fitting : int, optional
            How many folds are fitted at once, at most; the overall fit counts as one. None and -1:
            as many as the scheduler takes.
        cv : splitter, list of (train, test) index arrays, or fold of each row, optional
            The folds, instead of drawn ones.
        store, retries : optional
            As in the ``fit`` of a learner.

        Returns
        -------
        self
        """
        extra = {"fit_params": fit_params, "n_jobs_cross_fitting": n_jobs_cross_fitting}
        extra |= {"store": store, "retries": retries}
        self._cross_fit = cross_fit_of(self, Given(X, y, None, cv=cv), extra, None)
        return self

    @ShortTraceback()
    def predict(
        self, X: Any, is_oos: bool | None = None, oos_method: OutOfSample | None = None
    ) -> Array:
        """Predict, out of fold for the training data.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Covariates.
        is_oos : bool, optional
            False: the training data. True: new data. Left out: by content.
        oos_method : {"overall", "mean", "median"}, optional
            Which fits predict new data; "overall" if left out.

        Returns
        -------
        array of shape (n_rows,)
            Numbers, or for a classifier the most probable classes.
        """
        found = self._ask(X, is_oos, oos_method)
        classes = self.cross_fit.classes
        return np.asarray(classes)[found.argmax(axis=1)] if classes else found[:, 0]

    @ShortTraceback()
    def predict_proba(
        self, X: Any, is_oos: bool | None = None, oos_method: OutOfSample | None = None
    ) -> Array:
        """Predict probabilities of the classes.

        Parameters
        ----------
        X, is_oos, oos_method
            As in ``predict``.

        Returns
        -------
        array of shape (n_rows, n_classes), float64

        Raises
        ------
        InvalidInput
            If the model is not a classifier.
        """
        if not self.cross_fit.classes:
            raise InvalidInput("A regressor predicts no probabilities. Call predict.")
        return self._ask(X, is_oos, oos_method)

    @ShortTraceback()
    def score(
        self,
        X: Any,
        y: Any,
        is_oos: bool | None = None,
        oos_method: OutOfSample | None = None,
        sample_weight: Any = None,
    ) -> float:
        """Accuracy of a classifier, R² of a regressor.

        Parameters
        ----------
        X, is_oos, oos_method
            As in ``predict``.
        y : array of shape (n_rows,)
            The truth.
        sample_weight : array of shape (n_rows,), optional
            Weights of the rows.

        Returns
        -------
        float
        """
        measure = accuracy_score if self.cross_fit.classes else r2_score
        found = self.predict(X, is_oos, oos_method)
        return float(measure(y, found, sample_weight=sample_weight))

    def clone(self) -> CrossFitEstimator:
        """An unfitted estimator with the same parameters.

        Returns
        -------
        CrossFitEstimator
        """
        return clone(self)

    @property
    def cross_fit(self) -> CrossFit:
        """The models and the rows that they were trained on, as other learners take them."""
        if not hasattr(self, "_cross_fit"):
            raise NotFitted("This CrossFitEstimator is not fitted yet. Call fit first.")
        return self._cross_fit

    @property
    def classes_(self) -> Array:
        """The classes of a classifier's target."""
        return np.asarray(self.cross_fit.classes)

    @property
    def estimators_(self) -> list[Any]:
        """The fitted model that held out each fold, in their order; fetched if on a cluster."""
        return [models_of(self.cross_fit)[fold] for fold in range(self.cross_fit.n_folds)]

    @property
    def overall_estimator_(self) -> Any:
        """The model that was fitted on all rows."""
        found = models_of(self.cross_fit)
        if OVERALL not in found:
            raise NotFitted("enable_overall=False: no model was fitted on all rows.")
        return found[OVERALL]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_cross_fit")

    def _ask(self, X: Any, is_oos: bool | None, method: OutOfSample | None) -> Array:
        return predicted_by(self.cross_fit, X, is_oos, method or "overall")


def estimator_from(model: CrossFit) -> CrossFitEstimator:
    """A fitted ``CrossFitEstimator`` with the models of a learner."""
    first = next(iter(model.fits.values())).value
    factory = unfitted_copy(first) if hasattr(first, "get_params") else type(first)
    made = CrossFitEstimator(model.n_folds, factory, enable_overall=() in model.fits)
    made._cross_fit = model  # noqa: SLF001 - same module
    return made
