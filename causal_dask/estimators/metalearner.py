"""The base class of the metalearners: what its parameters mean, and what it has after a fit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.explaining import Explaining
from causal_dask.export.export import combined, necessary_models, write_onnx
from causal_dask.saving.save import Savable


class MetaLearner(Savable, Explaining):
    """Base class of the metalearners; a subclass names its declaration and nothing else.

    Parameters
    ----------
    is_classification : bool, optional
        Whether ``y`` holds classes. Left out: whether the outcome model is a classifier.
    n_variants : int, optional
        The number of treatment variants, control included. Left out: as many as ``w`` has.
    nuisance_model_factory : class, estimator, list or dict
        Makes the outcome models: an estimator's class, or an instance (a pipeline, a search), which
        is cloned for each fit. A dict gives one for each model kind. Models in a list are stacked:
        all are fitted, and their predictions are mixed by the weights ``stack_weights_``.
    treatment_model_factory : class, estimator or dict, optional
        Makes the models of the second stage, regressors; needed by the learners that have one.
    propensity_model_factory : class, estimator or list, optional
        Makes the propensity model, a classifier; needed by the learners that have one. Models in a
        list are stacked.
    nuisance_model_params, treatment_model_params, propensity_model_params : dict, optional
        Parameters for the factories; a dict of dicts gives them for each model kind, a list of
        dicts for each model of a list.
    fitted_nuisance_models : dict of lists, optional
        Models that are fitted already and are not fitted again, by kind: fitted
        ``CrossFitEstimator`` objects, such as ``nuisance_models_`` of another learner has.
    fitted_propensity_model : CrossFitEstimator, optional
        The same for the propensity model.
    feature_set : list or dict of lists, optional
        The columns of ``X``, by name or position, that the models see; a dict gives them for each
        model kind. ``[]`` is a single constant column. Left out: all columns.
    n_folds : int or dict, default 10
        Folds of the cross-fitting, for all or for each model kind. With 1, models are fitted on all
        rows only, and nothing that needs out-of-fold predictions can be asked.
    random_state : int, numpy generator or None
        Draws the folds and seeds the models that have no seed of their own. With an int, results
        are the same on every scheduler and at every call.
    adaptive_clipping : bool, default False
        DR-learner: rows where a propensity of the contrast is clipped get the difference of the
        outcome models instead of the doubly robust score.
    control : label, optional
        The variant of ``w`` that is control. Left out: 0, and the treatments are 1 to K - 1; or
        False. Any other labels, words for instance, need it.
    event : label, optional
        Of an outcome with two classes, the one that effects are about: they are on its probability.
        Left out: the last one in order, as 1 of 0 and 1.
    clipping_threshold : float, optional
        Propensities are moved into [threshold, 1 - threshold] where a learner divides by them, and
        so are shares of contrasts, e_k / (e_0 + e_k). Left out: 0.02 over the number of variants,
        and known propensities are left as they are.
    unweighted : list of model kinds, default ()
        Those that ``sample_weight`` does not reach.
    n_repeats : int, default 1
        How often the cross-fitting is repeated with new folds.
    repeat_aggregation : {"median", "mean"}, default "median"
        What is made of the repeats' estimates.
    nested : bool, default False
        Whether second-stage models read nuisances that have not seen the fold they leave out. For
        K folds, each nuisance is fitted K (K - 1) / 2 + K + 1 times.
    enable_overall : bool, default True
        Whether models are also fitted on all rows, which predictions of new data need.
    keep_models : bool, default True
        If not, the fitted learner has estimates for the training data and no models.
    prepare : {"plain", "shared"}, default "plain"
        With "shared", covariates are prepared once for all fits of a class that is known:
        XGBoost's and LightGBM's estimators (bins), ``LinearRegression``, ``Ridge`` and ``RidgeCV``
        (factors). ``LassoCV`` sums up the rows of its inner folds once, in each of its fits.
        Others, and tables with other than plain numbers, are fitted as ever. Boosted trees get the
        bins of all rows rather than of their own, so that results differ as they do when a few
        rows change; linear models differ in their last digits.

    Attributes
    ----------
    n_variants_ : int
        The number of treatment variants.
    variants_ : array of shape (n_variants,)
        Their labels, control first.
    is_classification_ : bool
        Whether the outcome is a class.
    classes_ : array
        The classes of the outcome, if it is one.
    random_state_ : int
        The number that everything was drawn from.
    clipping_threshold_ : float
        Where propensities were clipped; of learners that clip.
    n_clipped_ : int
        How many training rows have a propensity that was clipped; of learners that clip.
    n_features_in_ : int
        Columns of ``X``.
    feature_names_in_ : array of str
        Their names, if they are words.
    stack_weights_ : DataFrame
        The weights of the models of lists, by model kind, variant and repeat.
    treatments_ : array of shape (n_rows,)
        The variants of the training rows, as positions in ``variants_``.
    nuisance_models_, treatment_models_ : dict of lists of CrossFitEstimator
        The fitted models by kind.
    models_ : dict
        The fitted base models by kind, variant and fold.
    """

    @ShortTraceback()
    def score(self, X: Any, y: Any, w: Any = None, *, sample_weight: Any = None) -> float:
        """Minus the R-loss of the effects of new rows, for scikit-learn's searches.

        By the learner's own nuisance models, as ``evaluate`` has it; the mean over the treatments.
        Searches pass ``w`` on by metadata routing:
        ``sklearn.set_config(enable_metadata_routing=True)``, and
        ``learner.set_fit_request(w=True).set_score_request(w=True)``. They fit each candidate by
        itself. ``MetaLearnerGridSearch`` and ``fit_together`` run what candidates share once, and
        ``evaluate(nuisances=)`` compares learners by the same nuisance models.

        Parameters
        ----------
        X, y, w
            New data: covariates, outcomes, variants.
        sample_weight : array of shape (n_rows,), optional
            Weights of the rows.

        Returns
        -------
        float
            In units of the outcome; greater is better.

        Raises
        ------
        InvalidInput
            If ``w`` is missing, or the learner has no propensity or outcome model.

        References
        ----------
        Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects",
        Biometrika 108(2), eq. 4.
        """
        if w is None:
            raise InvalidInput(
                "score needs 'w'. In scikit-learn's searches, set enable_metadata_routing=True by "
                "sklearn.set_config, and call set_fit_request(w=True) and "
                "set_score_request(w=True) on the learner. Or use MetaLearnerGridSearch, whose "
                "candidates share their fits."
            )
        scores = self.evaluate(
            X, y, w, True, scoring={"effect": ["r_loss"]}, sample_weight=sample_weight
        )
        losses = [value for name, value in scores.items() if name.startswith("effect_")]
        return -float(np.mean(losses))

    @ShortTraceback()
    def to_onnx(
        self,
        path: str | os.PathLike[str],
        X: Any = None,
        *,
        output_name: str = "tau",
        tolerance: float = 1e-5,
        dtype: Any = "float32",
    ) -> Path:
        """Write the effects that ``predict(X, is_oos=True)`` gives as one ONNX file.

        Whatever runs ONNX serves the file, without this package. It is written once its effects on
        ``X`` are those of ``predict``. Needs the extra ``onnx``.

        Parameters
        ----------
        path : str or path
            Where to write; a file that is there is replaced.
        X : table of shape (n_rows, n_features), optional
            Rows on which the file is compared with ``predict``, such as the training data. Left
            out: made-up rows; columns of words need it.
        output_name : str, default "tau"
            The name of the output, of shape (n_rows, n_variants - 1, n_outputs).
        tolerance : float, default 1e-5
            The difference from ``predict`` that is accepted, times the largest effect if that is
            greater than 1. One row in a hundred may differ by more: float32 can put a value that
            is a tree's threshold on its other side.
        dtype : {"float32", "float64"}, default "float32"
            The type of the numbers in and out. Most tools for ONNX take float32; float64 has the
            thresholds of trees as they are.

        Returns
        -------
        Path
            The absolute path of the file. It takes one input ``X`` of shape (n_rows,
            n_features); where a column holds words or categories, one of shape (n_rows, 1) for
            each column, by its name.

        Raises
        ------
        InvalidInput
            If a model cannot be converted, or the file's effects are others; if ``n_repeats`` is
            more than 1.
        MissingExtra
            If a package of the extra is missing.

        Examples
        --------
        >>> import tempfile
        >>> import onnxruntime
        >>> from sklearn.linear_model import LinearRegression
        >>> from causal_dask import TLearner
        >>> from causal_dask.datasets import make_study
        >>> study = make_study(500, random_state=0)
        >>> learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
        >>> learner = learner.fit(study.X, study.y, study.w)
        >>> path = learner.to_onnx(f"{tempfile.mkdtemp()}/effects.onnx", study.X)
        >>> session = onnxruntime.InferenceSession(path)
        >>> (tau,) = session.run(["tau"], {"X": study.X.astype("float32")})
        >>> bool(abs(tau - learner.predict(study.X, is_oos=True)).max() < 1e-5)
        True
        """
        self._check_one_repeat("to_onnx")
        return write_onnx(
            self._fitted_state(), path, X, lambda rows: self.predict(rows, is_oos=True),
            output_name, tolerance, dtype,
        )  # fmt: skip

    def _necessary_onnx_models(self) -> dict[str, list[Any]]:
        """The fitted base models that effects of new rows are made of, by kind."""
        self._check_one_repeat("_necessary_onnx_models")
        return necessary_models(self._fitted_state())

    def _build_onnx(self, models: Mapping[str, Sequence[Any]], output_name: str = "tau") -> Any:
        """One ONNX model, of the ``_necessary_onnx_models`` as converted by the caller.

        ``to_onnx`` converts them itself.
        """
        self._check_one_repeat("_build_onnx")
        return combined(self._fitted_state(), models, output_name)
