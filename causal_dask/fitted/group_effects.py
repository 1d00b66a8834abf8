"""Average effects in groups of rows, with their joint uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.joint_estimates import JointEstimates, against, effects_on
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class GroupEffects(JointEstimates):
    """Average effects of the treatments in groups of rows.

    Made by ``average_treatment_effect(by=)`` and ``Scores.group_effects``.

    Attributes
    ----------
    estimate : array of shape (n_groups * (n_variants - 1),), float64
        Group by group, and in each the treatments; in units of the outcome.
    covariance : array of shape (n_estimates, n_estimates), float64
        Of the estimates, from their influence functions.
    labels : tuple
        The labels of the groups, in order.
    n_rows : array of int of shape (n_groups,)
        The rows of each group.
    variants : tuple
        The labels of the variants; the first is control.
    df : float, optional
        As in ``ATEResult``; the fewest of any group.
    event : label, optional
        Of an outcome with two classes, the one whose probability the effects are on.
    estimand : {"ATE", "ATT", "ATC", "ATO"}
        Whose effects are averaged.

    Examples
    --------
    >>> import numpy as np
    >>> effects = GroupEffects(
    ...     np.array([1.0, 3.0]), np.diag([0.25, 0.25]), ("men", "women"), np.array([90, 110]),
    ...     ("placebo", "drug"),
    ... )
    >>> float(effects.to_frame().loc[("women", "drug"), "estimate"])
    3.0
    >>> difference = effects.between("women", "men")
    >>> difference.estimate, difference.standard_error.round(3)
    (array([2.]), array([0.707]))
    """

    estimate: Array
    covariance: Array
    labels: tuple[Any, ...]
    n_rows: Array
    variants: tuple[Any, ...]
    df: float | None = None
    event: Any = None
    estimand: str = "ATE"

    def to_frame(self, level: float = 0.95, *, simultaneous: bool = False) -> pd.DataFrame:
        """A row per group and treatment: rows, estimate, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.
        simultaneous : bool, default False
            Whether the intervals cover all estimates at once with this probability, and not each
            on its own.

        Returns
        -------
        DataFrame
            Indexed by group and treatment.
        """
        bounds = self.simultaneous_interval(level) if simultaneous else self.interval(level)
        pairs = [(label, variant) for label in self.labels for variant in self.variants[1:]]
        index = pd.MultiIndex.from_tuples(pairs, names=["group", "variant"])
        rows = np.repeat(self.n_rows, len(self.variants) - 1)
        return pd.DataFrame({"rows": rows, **self.columns(bounds)}, index=index)

    @ShortTraceback()
    def between(self, group: Any, reference: Any) -> ATEResult:
        """How much greater the average effects of one group are than those of another.

        Parameters
        ----------
        group, reference : labels of groups
            Members of ``labels``.

        Returns
        -------
        ATEResult
            The differences, one for each treatment.

        Raises
        ------
        InvalidInput
            If a label is unknown.
        """
        difference = self._picks(group) - self._picks(reference)
        return ATEResult(
            difference @ self.estimate, difference @ self.covariance @ difference.T,
            self.variants, self.df, self.event, self.estimand, f"{group} less {reference}",
        )  # fmt: skip

    @property
    def _title(self) -> str:
        return f"{effects_on(self.event, self.estimand)} by group"

    def _as_shown(self) -> pd.DataFrame:
        pairs = [(label, contrast) for label in self.labels for contrast in against(self.variants)]
        return self.to_frame().set_axis(
            pd.MultiIndex.from_tuples(pairs, names=["group", "contrast"])
        )

    def _picks(self, label: Any) -> Array:
        """The matrix that picks the effects of one group."""
        if label not in self.labels:
            raise InvalidInput(f"There is no group {label!r}. The groups are {list(self.labels)}.")
        n = len(self.variants) - 1
        start = self.labels.index(label) * n
        return np.eye(len(self.estimate))[start : start + n]
