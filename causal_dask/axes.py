"""Axes and colours of figures. The only module here that imports Matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from causal_dask.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_for(ax: Axes | None, height: float) -> Axes:
    """The axes given, or those of a new figure of this height in inches."""
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra.named("matplotlib", "plots") from error
    return plt.subplots(figsize=(7, height), layout="constrained")[1] if ax is None else ax


def result_and_axes(
    given: Any, X: Any, ax: Axes | None, make: Callable[[Any, Any], Any]
) -> tuple[Any, Any]:
    """What to draw, which ``make`` makes of a learner and ``X``, and the Axes to draw it on.

    With what is made already, ``X`` is left out, so that the second argument may be the Axes.
    """
    if hasattr(given, "declaration"):
        return make(given, X), ax
    return given, X if ax is None else ax


def literal(words: Any) -> str:
    """Words of users, such as names of columns, as labels that Matplotlib draws as they are.

    It takes what is between two dollar signs for mathematics.
    """
    return str(words).replace("$", r"\$")


def colour_of(variant: int) -> str:
    """The same colour for a variant, by its number, in all figures; control is 0."""
    return f"C{variant}"
