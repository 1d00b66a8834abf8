"""Average effects of several tables, side by side and pooled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.joint_estimates import check_level
from causal_dask.formulas.pooling import (
    Pooled,
    between_variance,
    fixed_effect,
    heterogeneity,
    heterogeneity_p_value,
    random_effects,
)


@dataclass(frozen=True, eq=False)
class PooledEstimates:
    """Average effects of several tables.

    Attributes
    ----------
    estimates : DataFrame
        A row for each table and treatment: ``table``, ``variant``, ``n_rows``, ``estimate``,
        ``standard_error``, ``lower``, ``upper``, and ``weight``, the table's share in the pooled
        estimate of random effects.
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

    def __repr__(self) -> str:
        parts = (self.estimates, self.pooled, self.heterogeneity)
        return "\n\n".join(
            part.to_string(index=False, float_format="{:.4g}".format) for part in parts
        )

    def _repr_html_(self) -> str:
        parts = (self.estimates, self.pooled, self.heterogeneity)
        return "".join(part.to_html(index=False, float_format="{:.4g}".format) for part in parts)


def pool(
    found: Mapping[Any, ATEResult], n_rows: Mapping[Any, int], level: float
) -> PooledEstimates:
    """The effects of some tables, treatment by treatment."""
    check_level(level)
    variants = dict.fromkeys(label for ate in found.values() for label in ate.variants[1:])
    found_of = [_Treatment.of(variant, found) for variant in variants]
    several = [each for each in found_of if len(each.tables) > 1]
    return PooledEstimates(
        pd.DataFrame([row for each in found_of for row in each.rows(found, n_rows, level)]),
        pd.DataFrame([row for each in several for row in _pooled(each, level)]),
        pd.DataFrame([_spread(each) for each in several]),
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
        tau2 = between_variance(estimates, variances) if len(own) > 1 else 0.0
        return cls(variant, list(own), estimates, variances, tau2)

    def rows(
        self, found: Mapping[Any, ATEResult], n_rows: Mapping[Any, int], level: float
    ) -> Iterator[dict[str, Any]]:
        """A row for each table."""
        weights = 1 / (self.variances + self.tau2)
        for position, name in enumerate(self.tables):
            ate = found[name]
            lower, upper = ate.interval(level)[ate.variants.index(self.variant) - 1]
            yield {
                "table": name, "variant": self.variant, "n_rows": n_rows[name],
                "estimate": self.estimates[position],
                "standard_error": self.variances[position] ** 0.5,
                "lower": lower, "upper": upper, "weight": weights[position] / weights.sum(),
            }  # fmt: skip


def _pooled(of: _Treatment, level: float) -> list[dict[str, Any]]:
    models = {"fixed": fixed_effect, "random": random_effects}
    return [
        {"variant": of.variant, "model": name, **_row(model(of.estimates, of.variances), level)}
        for name, model in models.items()
    ]


def _row(found: Pooled, level: float) -> dict[str, float]:
    distribution: Any = stats.norm if found.df is None else stats.t(found.df)
    half = float(distribution.ppf(0.5 + level / 2)) * found.standard_error
    return {
        "estimate": found.estimate,
        "standard_error": found.standard_error,
        "lower": found.estimate - half,
        "upper": found.estimate + half,
        "p_value": float(2 * distribution.sf(abs(found.estimate) / found.standard_error)),
    }


def _spread(of: _Treatment) -> dict[str, Any]:
    q, df = heterogeneity(of.estimates, of.variances), len(of.estimates) - 1
    return {
        "variant": of.variant,
        "tau": of.tau2**0.5,
        "i2": max(0.0, 1 - df / q) if q > 0 else 0.0,
        "q": q,
        "p_value": heterogeneity_p_value(of.estimates, of.variances),
    }
