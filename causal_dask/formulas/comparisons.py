"""Losses of several candidates on the same rows, and the errors of their differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from causal_dask.formulas.average_effect import covariance_of
from causal_dask.formulas.outcomes import Array


@dataclass(frozen=True, slots=True)
class Losses:
    """The loss of each candidate, and what each row adds to its error, (n_rows, n_candidates)."""

    loss: Array
    contributions: Array
    groups: Array | None = None

    @property
    def errors(self) -> Array:
        """The standard error of each loss."""
        return self._roots(self.contributions)

    def differences_to(self, best: int) -> tuple[Array, Array]:
        """Each loss minus that of one candidate, with the standard error of the difference.

        Rows that are hard for all candidates cancel: the difference is surer than the losses.
        """
        own = self.contributions - self.contributions[:, [best]]
        return self.loss - self.loss[best], self._roots(own)

    def _roots(self, contributions: Array) -> Array:
        columns = np.ascontiguousarray(contributions.T)
        return np.array([
            float(np.sqrt(covariance_of(column[:, None], self.groups)[0, 0])) for column in columns
        ])  # fmt: skip


def root_mean_losses(errors: Array, weights: Array | None, groups: Array | None) -> Losses:
    """The mean over contrasts of the roots of mean squared errors.

    ``errors`` are squared, (n_candidates, n_rows, n_contrasts), NaN in rows that a contrast does
    not have. By the delta method, a root has the error of its square over twice the root.
    """
    has = ~np.isnan(errors[0])
    s = has * (np.ones(errors.shape[1]) if weights is None else weights)[:, None]
    shares = s / s.sum(axis=0)
    filled = np.where(has, errors, 0.0)
    roots = np.sqrt((shares * filled).sum(axis=1))
    centred = shares * (filled - (roots**2)[:, None, :]) / (2 * roots)[:, None, :]
    return Losses(roots.mean(axis=1), centred.mean(axis=2).T, groups)
