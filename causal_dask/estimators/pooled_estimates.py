"""Average effects of several tables, side by side and pooled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.display import Block, Shown, estimates
from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.formulas.pooling import (
    between_variance,
    fixed_effect,
    heterogeneity,
    heterogeneity_p_value,
    random_effects,
)


@dataclass(frozen=True, eq=False, repr=False)
class PooledEstimates(Shown):
    """Average effects of several tables.

    Attributes
    ----------
    estimates : DataFrame
        A row for each table and treatment: ``table``, ``variant``, ``n_rows``, ``estimate``,
        ``standard_error``, ``lower``, ``upper``, and ``weight``, the table's share in the pooled
        estimate of random effects: 0 where an estimate has no standard error above 0.
    pooled : DataFrame
        Two rows for each treatment, by ``model``: ``fixed``, of one effect that all tables share;
        and ``random``, of the mean of effects that differ, with the error of Hartung and Knapp.
    heterogeneity : DataFrame
        A row for each treatment: ``tau``, the standard deviation of effects between tables;
        ``i2``, its share in the spread of the estimates; ``q`` and ``p_value``, Cochran's test of
        one effect for all.

    Notes
    -----
    Hartung & Knapp (2001), Statistics in Medicine 20; Paule & Mandel (1982); Higgins & Thompson
    (2002). In 2,000 simulations each with 3 to 20 tables, the 95 % interval of random effects held
    the mean in 94 to 100 % of them; that of the fixed effect does so only if tables do not differ.
    """

    estimates: pd.DataFrame
    pooled: pd.DataFrame
    heterogeneity: pd.DataFrame

    def _parts(self) -> list[Block]:
        parts: list[Block] = ["Average effects by table", estimates(self.estimates, "interval")]
        if len(self.pooled):
            parts += ["Pooled", estimates(self.pooled, "interval")]
            parts += ["Differences between tables", self.heterogeneity]
        return parts


def pool(
    found: Mapping[Any, ATEResult], n_rows: Mapping[Any, int], level: float
) -> PooledEstimates:
    """The effects of some tables, treatment by treatment."""
    _check_controls(found)
    variants = dict.fromkeys(label for ate in found.values() for label in ate.variants[1:])
    treatments = [_Treatment.of(variant, found) for variant in variants]
    several = [known for each in treatments if len((known := each.with_errors()).tables) > 1]
    tables = {name: ate.to_frame(level) for name, ate in found.items()}
    return PooledEstimates(
        pd.DataFrame([row for each in treatments for row in each.rows(tables, n_rows)]),
        pd.DataFrame([row for each in several for row in each.pooled(level)]),
        pd.DataFrame([each.spread() for each in several]),
    )


def _check_controls(found: Mapping[Any, ATEResult]) -> None:
    """Raise if effects are against different controls, and so not the same."""
    controls = {name: ate.variants[0] for name, ate in found.items()}
    if len(set(controls.values())) > 1:
        raise InvalidInput(
            f"The tables have different controls: {controls}. Name the same one by the learner's "
            "'control'."
        )


@dataclass(frozen=True, eq=False)
class _Treatment:
    """The effects of one treatment in the tables that have it."""

    variant: Any
    tables: list[Any]
    estimates: Any
    variances: Any
    tau2: float

    @classmethod
    def of(cls, variant: Any, found: Mapping[Any, ATEResult]) -> _Treatment:
        """Those of a treatment."""
        own = {name: ate for name, ate in found.items() if variant in ate.variants}
        at = {name: ate.variants.index(variant) - 1 for name, ate in own.items()}
        estimates = np.array([ate.estimate[at[name]] for name, ate in own.items()])
        variances = np.array([ate.covariance[at[name], at[name]] for name, ate in own.items()])
        known = _have_errors(variances)
        if not known.all():
            left_out = [name for name, is_known in zip(own, known, strict=True) if not is_known]
            warn(
                f"The effects of {variant!r} in the tables {left_out[:8]} have no standard error "
                "above 0, so they are not pooled with the others.",
                CausalDaskWarning,
            )
        several = known.sum() > 1
        tau2 = between_variance(estimates[known], variances[known]) if several else 0.0
        return cls(variant, list(own), estimates, variances, tau2)

    def with_errors(self) -> _Treatment:
        """The same in the tables whose estimates have an error, which can be pooled."""
        known = _have_errors(self.variances)
        tables = [name for name, is_known in zip(self.tables, known, strict=True) if is_known]
        return replace(
            self, tables=tables, estimates=self.estimates[known], variances=self.variances[known]
        )

    def rows(
        self, tables: Mapping[Any, pd.DataFrame], n_rows: Mapping[Any, int]
    ) -> Iterator[dict[str, Any]]:
        """A row for each table."""
        known = _have_errors(self.variances)
        weights = np.zeros(len(known))
        weights[known] = 1 / (self.variances[known] + self.tau2)
        for name, weight in zip(self.tables, weights, strict=True):
            at = [label == self.variant for label in tables[name].index]
            own, share = tables[name][at].iloc[0].drop("p_value"), weight / (weights.sum() or 1.0)
            who = {"table": name, "variant": self.variant, "n_rows": n_rows[name]}
            yield {**who, **own, "weight": share}

    def pooled(self, level: float) -> Iterator[dict[str, Any]]:
        """A row for each model."""
        for name, model in {"fixed": fixed_effect, "random": random_effects}.items():
            mean, error, df = model(self.estimates, self.variances)
            one = EstimateTable(
                np.array([mean]), np.array([[error**2]]), pd.Index([name]), "Pooled", df=df
            )
            yield {"variant": self.variant, "model": name, **one.to_frame(level).iloc[0]}

    def spread(self) -> dict[str, Any]:
        """How much the effects differ between tables."""
        q, df = heterogeneity(self.estimates, self.variances), len(self.estimates) - 1
        return {
            "variant": self.variant,
            "tau": self.tau2**0.5,
            "i2": max(0.0, 1 - df / q) if q > 0 else 0.0,
            "q": q,
            "p_value": heterogeneity_p_value(self.estimates, self.variances),
        }


def _have_errors(variances: Any) -> Any:
    """Whether estimates have an error: not where an outcome is constant, or groups are too few."""
    return np.isfinite(variances) & (variances > 0)
