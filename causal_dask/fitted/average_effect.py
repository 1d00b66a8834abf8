"""An average treatment effect as users get it: estimates, intervals, p-values, comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.joint_estimates import JointEstimates, against, effects_on
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class ATEResult(JointEstimates):
    """Average effects of the treatments against control, with their joint uncertainty.

    Unpacks as ``estimate, standard_error``.

    Attributes
    ----------
    estimate : array of shape (n_variants - 1,), float64
        In units of the outcome; for two classes, of the probability of ``event``.
    covariance : array of shape (n_variants - 1, n_variants - 1), float64
        Of the estimates, from their influence functions.
    variants : tuple
        The labels of the variants; the first is control.
    event : label, optional
        Of an outcome with two classes, the one whose probability the effects are on.
    df : float, optional
        Degrees of freedom of the t-distribution of intervals and p-values: one less than the
        number of groups, or effective groups where sizes differ. None, without groups, means
        the normal distribution.
    estimand : {"ATE", "ATT", "ATC", "ATO"}
        Whose effects are averaged, as in ``average_treatment_effect``.
    compared : str
        Of a difference between groups, their names: ``"women less men"``. Empty for an average.

    Examples
    --------
    >>> import numpy as np
    >>> effect = ATEResult(np.array([1.0, 3.0]), np.diag([0.25, 0.25]), ("none", "low", "high"))
    >>> estimate, standard_error = effect
    >>> effect.interval()[1].round(2)
    array([2.02, 3.98])
    >>> between = effect.between("high", "low")
    >>> between.estimate, between.standard_error.round(3)
    (array([2.]), array([0.707]))
    """

    estimate: Array
    covariance: Array
    variants: tuple[Any, ...]
    df: float | None = None
    event: Any = None
    estimand: str = "ATE"
    compared: str = ""

    def __iter__(self) -> Iterator[Array]:
        return iter((self.estimate, self.standard_error))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, position: int) -> Array:
        return (self.estimate, self.standard_error)[position]

    @ShortTraceback()
    def between(self, variant: Any, reference: Any) -> ATEResult:
        """The average effect of one variant against another, which need not be control.

        Parameters
        ----------
        variant, reference : labels of variants
            Members of ``variants``.

        Returns
        -------
        ATEResult
            With one contrast.

        Raises
        ------
        InvalidInput
            If a label is unknown.
        """
        difference = self._unit(variant) - self._unit(reference)
        estimate = np.atleast_1d(difference @ self.estimate)
        variance = difference @ self.covariance @ difference
        self._check_one_population()
        return ATEResult(
            estimate,
            np.array([[variance]]),
            (reference, variant),
            self.df,
            self.event,
            self.estimand,
            self.compared,
        )

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """A row per treatment: estimate, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        DataFrame
            Indexed by the treatments' labels.
        """
        index = pd.Index(self.variants[1:], name="variant", tupleize_cols=False)
        return pd.DataFrame(self.columns(self.interval(level)), index=index)

    @property
    def _title(self) -> str:
        effects = effects_on(self.event, self.estimand)
        return f"{effects}: {self.compared}" if self.compared else effects

    def _as_shown(self) -> pd.DataFrame:
        return self.to_frame().set_axis(pd.Index(against(self.variants), name="contrast"))

    def _check_one_population(self) -> None:
        """Raise where each contrast is about rows of its own."""
        if self.estimand != "ATE" and len(self.estimate) > 1:
            raise InvalidInput(
                f"The {self.estimand} of each treatment is about other rows, so their difference "
                "compares populations as well as treatments. Use estimand='ATE'."
            )

    def _unit(self, variant: Any) -> Array:
        """The contrast that picks one variant's effect; control's is zero."""
        if variant not in self.variants:
            raise InvalidInput(
                f"There is no variant {variant!r}. The variants are {list(self.variants)}."
            )
        return np.asarray(np.eye(len(self.variants))[self.variants.index(variant), 1:])
