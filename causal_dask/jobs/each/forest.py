"""Draw the average effects of tables below each other, and the pooled ones below them."""

from __future__ import annotations

from typing import Any

from causal_dask.axes import colour_of, literal
from causal_dask.estimators.pooled_estimates import PooledEstimates
from causal_dask.reports.figures import svg

LARGEST = 12.0
"""The size of the marker of a table that had all the weight, in points."""

SMALLEST = 3.0


def forest(found: PooledEstimates, variant: Any) -> str:
    """The forest plot of a treatment as an SVG element; markers grow with a table's weight."""
    own = found.estimates[found.estimates["variant"] == variant]
    pooled = found.pooled[found.pooled["variant"] == variant] if len(found.pooled) else own[:0]
    tables = [(row["table"], row, "s", _size(row["weight"])) for _, row in own.iterrows()]
    models = [(f"{row['model']} effects", row, "D", 8.0) for _, row in pooled.iterrows()]
    rows = [*tables, *models]

    def draw(ax: Any) -> None:
        for height, (_, row, marker, size) in enumerate(rows):
            colour = colour_of(1 if height < len(tables) else 3)
            ax.plot([row["lower"], row["upper"]], [height] * 2, color=colour, lw=1.5)
            ax.plot(row["estimate"], height, marker, color=colour, markersize=size)
        ax.axvline(0, color="0.4", linestyle="--", linewidth=1)
        ax.set_yticks(range(len(rows)), [literal(name) for name, *_ in rows])
        ax.set(xlabel="average effect", ylim=(len(rows) - 0.5, -0.5))

    return svg(0.9 + 0.3 * len(rows), draw, f"Average effects of {variant} by table")


def _size(weight: float) -> float:
    """The size of a marker whose area grows with a share."""
    return float(SMALLEST + (LARGEST - SMALLEST) * weight**0.5)
