"""A fitted learner's nuisances in the hands of DoubleML."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, MissingExtra, ShortTraceback
from causal_dask.estimators.judging.refuting import Refuting
from causal_dask.graph.node import Source
from causal_dask.study.study import Training


class Comparing(Refuting):
    """A learner that other packages can go on with once it is fitted."""

    @ShortTraceback()
    def to_doubleml(self, X: Any, **options: Any) -> Any:
        """Make DoubleML's interactive regression model of the out-of-fold predictions.

        It fits nothing, and gives the same average effect and standard error, with all that
        DoubleML offers from there: its sensitivity analysis, GATEs, policy trees.

        Parameters
        ----------
        X : array or DataFrame of shape (n_rows, n_features)
            The training data, which DoubleML wants to know.
        **options
            Passed to ``doubleml.DoubleMLIRM``, as ``score="ATTE"``.

        Returns
        -------
        doubleml.DoubleMLIRM
            Fitted, with our predictions as its external predictions.

        Raises
        ------
        MissingExtra
            If DoubleML is not installed.
        InvalidInput
            If the learner has no scores, more than two variants, an outcome with classes, weights
            or groups, of which this model of DoubleML knows nothing.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LinearRegression, LogisticRegression
        >>> from causal_dask import DRLearner
        >>> from causal_dask.datasets import make_study
        >>> study = make_study(500, random_state=0)
        >>> learner = DRLearner(
        ...     nuisance_model_factory=LinearRegression,
        ...     propensity_model_factory=LogisticRegression,
        ...     treatment_model_factory=LinearRegression,
        ...     n_folds=2, random_state=0,
        ... ).fit(study.X, study.y, study.w)
        >>> theirs = learner.to_doubleml(study.X)
        >>> bool(np.isclose(theirs.coef[0], learner.average_treatment_effect().estimate[0]))
        True
        """
        fitted = self._fitted_state()
        self._check_score(fitted)
        study = fitted.study
        has = {
            "more than two variants": study.n_variants > 2,
            "an outcome with classes": study.n_classes > 0,
            "weights": study.weight is not None,
            "groups": fitted.prepared.groups is not None,
        }
        if unknown := [name for name, found in has.items() if found]:
            raise InvalidInput(f"DoubleMLIRM cannot be made of a fit with {unknown}.")
        target, rows = self._training_target(X), Training()
        propensity = next(step for step in self.declaration.models if step.role == "propensity")

        def question(compiler: Compiler) -> list[Source]:
            chances = answers.prediction(compiler, propensity, None, rows)
            return [answers.outcomes(compiler, rows), chances]

        found = fitted.ask(target, question)
        outcomes = np.stack([np.asarray(each)[:, :, 0] for each, _ in found], axis=2)
        chances = np.stack([np.asarray(each)[:, 1] for _, each in found], axis=1)
        predictions = {"ml_g0": outcomes[:, 0], "ml_g1": outcomes[:, 1], "ml_m": chances}
        columns = (_numbers(X), study.y.value, study.w.value)
        settings = {"threshold": self.clipping_threshold_, "n_rep": len(found), **options}
        return _irm(columns, predictions, settings)


def _irm(columns: Any, predictions: dict[str, Any], settings: dict[str, Any]) -> Any:
    """A fitted model of DoubleML, whose own learners are never asked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what DoubleML imports is its own business
            import doubleml  # noqa: PLC0415 - an extra
            from doubleml import utils  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra.named("doubleml", "doubleml") from error
    clip: dict[str, Any] = {"trimming_threshold": settings.pop("threshold")}
    if hasattr(utils, "PSProcessorConfig"):  # since 0.11
        config = utils.PSProcessorConfig(clipping_threshold=clip["trimming_threshold"])
        clip = {"ps_processor_config": config}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extreme propensities, which we have warned of
        data = doubleml.DoubleMLData.from_arrays(*columns)
        outcome, chances = utils.DMLDummyRegressor(), utils.DMLDummyClassifier()
        model = doubleml.DoubleMLIRM(data, outcome, chances, **clip, **settings)
        return model.fit(external_predictions={data.d_cols[0]: predictions})


def _numbers(X: Any) -> Any:
    """Covariates as an array; DoubleML holds them and asks nothing of them here."""
    coded = X.to_pandas() if hasattr(X, "to_pandas") else X
    if hasattr(coded, "toarray"):
        return coded.toarray()
    if not hasattr(coded, "columns"):
        return np.asarray(coded, dtype=np.float64)
    return np.column_stack([_codes(coded[name]) for name in coded.columns])


def _codes(column: Any) -> Any:
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):  # words: their place among those there are
        return np.unique(np.asarray(column, dtype=str), return_inverse=True)[1].astype(np.float64)
