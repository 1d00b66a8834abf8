"""What a learner has after its fit: attributes, timings, a warning of clipped propensities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd

from causal_dask.compile import answers
from causal_dask.compile.asked import ATE, TRAINING_ROWS
from causal_dask.compile.stacks import with_stacks_of
from causal_dask.declared import name_of
from causal_dask.errors import ClippedPropensities, NotFitted, warn
from causal_dask.estimators.parameters import Parameters
from causal_dask.fitted.answer_checks import lacking
from causal_dask.fitted.fitted import Fitted
from causal_dask.fitted.stacks import as_table as weights_table
from causal_dask.fitted.timings import Names, as_table, measure, record_runs
from causal_dask.formulas.propensities import n_outside, n_shares_outside
from causal_dask.plans.costs import NOTHING_MEASURED, Measured
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import gather
from causal_dask.study.request import Prepared
from causal_dask.tasks.rows import Array


class FittedState(Parameters):
    """Parameters, and what a fit with them has left."""

    @property
    def timings_(self) -> pd.DataFrame:
        """When, where and for how long each task of the fit ran, in the order of their starts.

        Columns: ``label`` (learner, model, variant, fold), ``stage``, ``task`` (the function, or
        "load" where a store had the fit),
        ``start`` and ``end`` in seconds from the first start, ``seconds``, ``worker``, ``thread``,
        ``rows``, ``memory`` (bytes in use by the task's process when it ended, of tasks longer than
        10 ms) and ``key``.
        """
        return as_table(self._fitted_state().ran)

    @property
    def stack_weights_(self) -> pd.DataFrame:
        """The weights of the models where several were passed for one kind.

        Columns: ``model_kind``, ``variant`` (the label of the one that the model is about, or
        None), ``repeat`` of the cross-fitting, ``candidate`` and ``weight``. Non-negative least
        squares on out-of-fold predictions (Ahrens et al. 2024); those of probabilities sum to 1.
        """
        return weights_table(self._fitted_state())

    @property
    def treatments_(self) -> Array:
        """The variants of the training rows, as positions in ``variants_``."""
        return np.asarray(self._fitted_state().study.w.value)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "_fitted" in state:  # futures mean nothing to another process: bring the models here
            fitted = state["_fitted"]
            state["_fitted"] = replace(fitted, results=gather(fitted.results))
        return state

    def _finish(self, results: Mapping[str, Any], prepared: Prepared, names: Names) -> Self:
        """Store the results of a fit on this learner; raises if some have failed."""
        before = self._fitted.ran if hasattr(self, "_fitted") else {}
        # a second fit runs only what was missing: the rest keeps the timings of the first
        still = {key: before[key] for key in names.calls.keys() & before.keys()}
        kept = {key: result for key, result in results.items() if key not in names.timings}
        finished, failed = finished_in(kept), failures_in(kept)
        self._fitted: Fitted = Fitted(
            learner=with_stacks_of(self.declaration, prepared.study),
            prepared=without_covariates(prepared),
            results=finished,
            complete=not failed,
            ran={**still, **record_runs(names, results)},
        )
        self._fitted.known_fits.remember(names.fits, finished)
        # what has finished is kept before errors are raised, so that fit can go on from there
        self._describe(prepared)
        n_fits = f"{len(finished)} of {len(kept)} results have finished and are kept: "
        advice = "fix the cause and call fit again; only the missing fits will run."
        raise_failures(failed, names.labels, self, n_fits + advice)
        self._warn_of_clipping()
        return self

    def _describe(self, prepared: Prepared) -> None:
        """Set the attributes that scikit-learn and users expect of a fitted estimator."""
        study, columns = prepared.study, prepared.columns
        for stale in {"classes_", "feature_names_in_"} & vars(self).keys():
            delattr(self, stale)
        self.n_variants_ = study.n_variants
        self.variants_ = _labels(prepared.variants)
        self.is_classification_ = bool(study.n_classes)
        self.random_state_ = study.seed
        self.n_features_in_ = columns.n_features
        if prepared.classes:
            self.classes_ = _labels(prepared.classes)
        if columns.names is not None and all(isinstance(name, str) for name in columns.names):
            self.feature_names_in_ = np.asarray(columns.names, dtype=object)

    @property
    def n_clipped_(self) -> int:
        """How many training rows have a propensity that was clipped; of learners that clip."""
        key = self._clipping_key()
        if key is None:
            self.clipping_threshold_  # noqa: B018 - raises if nothing is ever clipped
            raise lacking("the propensities of the training rows", (ATE, TRAINING_ROWS))
        return int(gather({key: self._fitted.results[key]})[key])

    @property
    def clipping_threshold_(self) -> float:
        """Where propensities were clipped; of learners that clip."""
        options = self._fitted_state().study.options
        if "clipping_threshold" not in options:
            raise AttributeError(f"This {type(self).__name__} clips no propensities.")
        return float(options["clipping_threshold"])

    def _clipping_key(self) -> str | None:
        """The key of the number of clipped rows."""
        # keys begin with the name of what made them: compiling would take longer than small fits
        counts = tuple(f"{name_of(count)}-" for count in (n_outside, n_shares_outside))
        return next((key for key in self._fitted_state().results if key.startswith(counts)), None)

    def _warn_of_clipping(self) -> None:
        """Say how many rows were clipped; a count that is still on a cluster is left there."""
        clipped = self._fitted.results.get(self._clipping_key() or "")
        if isinstance(clipped, int) and clipped:
            low, study = self.clipping_threshold_, self._fitted.study
            parts = answers.clips_propensities(self.declaration, study.n_variants)
            what = "a propensity" if parts else "a contrast's share of propensity"
            warn(
                f"{type(self).__name__}: {clipped:,} of {len(study.w.value):,} "
                f"rows have {what} outside [{low:g}, {1 - low:g}] and were clipped. "
                "Regularise or calibrate the propensity model, or restrict the study to rows "
                "where all variants occur.",
                ClippedPropensities,
            )

    def _fitted_state(self) -> Fitted:
        if not hasattr(self, "_fitted"):
            raise NotFitted(f"This {type(self).__name__} is not fitted yet. Call fit first.")
        return self._fitted

    def _measured_seconds(self) -> Measured:
        """How long the models of this learner took when it was fitted last."""
        return measure(self._fitted.ran) if hasattr(self, "_fitted") else NOTHING_MEASURED

    def _is_unfinished(self) -> bool:
        """Whether a fit has begun that the next one is to complete, with the same seed."""
        return hasattr(self, "_fitted") and not self._fitted.complete


def _labels(labels: Sequence[Any]) -> Array:
    """Labels as an array that keeps what they are: words beside numbers stay apart."""
    if len({type(label) for label in labels}) == 1 and not isinstance(labels[0], tuple):
        return np.asarray(labels)
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array


def without_covariates(prepared: Prepared) -> Prepared:
    """What a fitted learner keeps of the data: y and w, and the covariates' key."""
    return replace(prepared, studies=tuple(study.at(None) for study in prepared.studies))
