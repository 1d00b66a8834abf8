"""The ``estimate`` section of a job file: what is estimated, and of which rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, model_validator

from causal_dask.jobs.job_file.section import Section
from causal_dask.reports.answers import OF_SCORES

ForWhom = Literal[
    "best_linear_projection", "calibration", "clan", "gates", "policy_tree", "rank_curve", "rate"
]

TRAINING, NO_ROWS = "training", "none"
"""In place of a path: the training rows get effects, or no rows do."""


class EstimateSection(Section):
    """What is estimated."""

    ate: bool = Field(True, description="whether to estimate average effects")
    estimands: Annotated[list[Literal["ATE", "ATT", "ATC", "ATO"]], Field(min_length=1)] = Field(
        ["ATE"], description="whose effects are averaged: ATE, ATT, ATC, ATO"
    )
    for_whom: list[ForWhom] = Field([], description="what is asked about whom treatments work for")
    planned: bool = Field(
        False, description="whether 'for_whom' was planned before the data were seen"
    )
    costs: FiniteFloat | list[FiniteFloat] | dict[str, FiniteFloat] | None = Field(
        None,
        description="what each treatment costs more than control, in units of the outcome: a "
        "number, one for each, or one by the name of each",
    )
    sensitivity: bool = Field(
        False, description="whether to bound average effects under a missed confounder"
    )
    effect_intervals: Annotated[int, Field(ge=50)] | None = Field(
        None, description="random halves of the rows, refitted for intervals of single effects"
    )
    level: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.95, description="the level of the intervals"
    )
    cate: str = Field(
        TRAINING,
        description="the rows that get effects: 'training', 'none', or the path of another table",
    )
    new_rows: bool = Field(
        True, description="whether the results can be asked for effects of new rows"
    )
    evaluation: bool = Field(True, description="whether to score all models")

    @model_validator(mode="before")
    @classmethod
    def _no_rows_are_no_new_rows(cls, given: Any) -> Any:
        has_none = isinstance(given, dict) and given.get("cate") == NO_ROWS
        return {"new_rows": False, **given} if has_none else given

    @model_validator(mode="after")
    def _new_rows_if_they_get_effects(self) -> EstimateSection:
        if self.other_rows is not None and not self.new_rows:
            raise ValueError(
                f"'cate' asks for effects of new rows, those of {self.cate!r}: leave 'new_rows' out"
            )
        return self

    @model_validator(mode="after")
    def _something_without_effects(self) -> EstimateSection:
        if self.has_effects:
            return self
        if not self.ate:
            raise ValueError("with 'ate: false' and 'cate: none' nothing is estimated: remove one")
        if needy := self._need_effects():
            raise ValueError(
                f"'cate: none' leaves out effects of single rows, which {', '.join(needy)} would "
                "need: remove either"
            )
        return self

    @property
    def has_effects(self) -> bool:
        """Whether single rows get effects."""
        return self.cate != NO_ROWS

    @property
    def other_rows(self) -> str | None:
        """The path of the rows that get effects, if they are not the training rows."""
        return None if self.cate in (TRAINING, NO_ROWS) else self.cate

    def _need_effects(self) -> list[str]:
        """What is asked that needs effects of single rows, in the words of the job file."""
        asked = [f"'for_whom: {name}'" for name in self.for_whom if name not in OF_SCORES]
        if self.effect_intervals is not None:
            asked.append("'effect_intervals'")
        if self.new_rows:
            asked.append("'new_rows: true'")
        return asked
