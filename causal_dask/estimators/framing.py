"""What predictions are returned as: arrays, or frames with a column for each contrast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from causal_dask.estimators.stages import Stages
from causal_dask.fitted.output import checked_kind, frame_of
from causal_dask.tasks.rows import Array


class Framing(Stages):
    """A learner whose predictions can be frames."""

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what ``predict`` and ``predict_conditional_average_outcomes`` return.

        Parameters
        ----------
        transform : {"default", "pandas", "polars", "pyarrow", …}, optional
            "default" is an array. A frame has a column per contrast (``high_vs_none``) or variant,
            and class if the outcome has any, and the index of a pandas ``X``. None changes nothing.

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If there is no such kind of frame.
        """
        if checked_kind(transform) is not None:
            self._sklearn_output_config = {"transform": transform}  # the name that clone copies
        return self

    def _frame(
        self, values: Array, names: Callable[[Sequence[Any], Sequence[Any]], list[str]], X: Any
    ) -> Any:
        """Estimates as the kind of frame that ``set_output`` chose."""
        kind = getattr(self, "_sklearn_output_config", {}).get("transform", "default")
        prepared = self._fitted_state().prepared
        if kind == "default":
            return values
        return frame_of(values, names(prepared.variants, prepared.classes), kind, X)
