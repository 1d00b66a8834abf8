"""The schema of a job file; errors quote a field's description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.learner_section import (
    ChooseSection,
    LearnerList,
    LearnerSection,
    ModelsSection,
    check_learners,
    own_models_key,
)
from causal_dask.jobs.job_file.run_section import Local, Run, local_by_default
from causal_dask.jobs.job_file.section import (
    Columns,
    Label,
    Section,
    empty_if_none,
    first_duplicate,
)

FILE = "file"
"""The value of ``data.each`` for a table in each file."""


class DataSection(Section):
    """The table, and the roles of its columns."""

    path: str | Columns = Field(
        description="the CSV, Parquet or Arrow file, folder or pattern with the rows"
    )
    outcome: str = Field(description="the column of the outcome")
    treatment: str = Field(description="the column of the treatment variant")
    control: Label | None = Field(None, description="the treatment's value that is control")
    features: Columns | None = Field(None, description="the columns of the covariates")
    exclude: list[str] = Field([], description="columns that are not covariates")
    each: str | None = Field(
        None,
        description="the column that says which table a row belongs to, each of which is "
        "analysed alone; or the word file, if each file is a table",
    )
    id: str | None = Field(None, description="a column with the names of the rows, for the results")
    weights: str | None = Field(None, description="the column of the rows' weights")
    groups: str | None = Field(
        None, description="the column of the groups whose rows stay in one fold"
    )
    propensities: float | str | None = Field(
        None, description="the known probability of treatment, or the column that has it"
    )

    event: Label | None = Field(
        None, description="the class of a two-class outcome that effects are about"
    )
    missing_outcome: Literal["refuse", "drop"] = Field(
        "refuse", description="whether rows without an outcome are left out"
    )
    dates: Literal["refuse", "days"] = Field(
        "refuse", description="whether dates become covariates, as days since 1970-01-01"
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="the decimal sign of numbers in text files, if not the usual"
    )
    encoding: str | None = Field(
        None, description="the encoding of text files, such as cp1252, if not UTF-8"
    )

    @model_validator(mode="after")
    def _features_or_exclude(self) -> DataSection:
        if self.features is not None and self.exclude:
            raise ValueError("'features' and 'exclude' are both given: leave one of them out")
        for key in ("features", "exclude"):
            duplicate = first_duplicate(getattr(self, key) or [])
            if duplicate:
                raise ValueError(f"{key!r} names the column {duplicate!r} twice: remove one")
        return self

    @model_validator(mode="after")
    def _one_role_per_column(self) -> DataSection:
        roles = {key: name for key, name in self.roles.items() if key != "id"}
        duplicate = first_duplicate(list(roles.values()))
        if duplicate:
            first, second, *_ = [key for key, name in roles.items() if name == duplicate]
            raise ValueError(
                f"{first!r} and {second!r} are both the column {duplicate!r}: correct one of them"
            )
        return self

    @property
    def roles(self) -> dict[str, str]:
        """The columns with a role other than covariate, by key."""
        keys = ("outcome", "treatment", "each", "id", "weights", "groups", "propensities")
        values = {key: getattr(self, key) for key in keys}
        if self.each == FILE:
            values.pop("each")
        return {key: name for key, name in values.items() if isinstance(name, str)}


ForWhom = Literal[
    "best_linear_projection", "calibration", "clan", "gates", "policy_tree", "rank_curve", "rate"
]


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
    costs: float | list[float] | None = Field(
        None, description="what each treatment costs more than control, in units of the outcome"
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
        "training",
        description="the rows that get effects: 'training', or the path of a table of others",
    )
    new_rows: bool = Field(
        True, description="whether the results can be asked for effects of new rows"
    )
    evaluation: bool = Field(True, description="whether to score all models")

    @model_validator(mode="after")
    def _new_rows_if_they_get_effects(self) -> EstimateSection:
        if self.cate != "training" and not self.new_rows:
            raise ValueError(
                f"'cate' asks for effects of new rows, those of {self.cate!r}: leave 'new_rows' out"
            )
        return self


CHOOSE = "choose"
"""In place of learners: the best of several."""


class JobContents(Section):
    """The contents of a job file."""

    data: DataSection = Field(description="the table, and the roles of its columns")
    choose: ChooseSection | None = Field(
        None, description="the candidates of 'learners: choose', and how they are judged"
    )
    learners: LearnerList = Field(
        description="one learner or several: S, T, X, R, RA, DR; or the word choose"
    )
    models: ModelsSection | None = Field(None, description="the base models of all learners")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="folds of the cross-fitting")
    prepare: Literal["plain", "shared"] = Field(
        "plain", description="whether covariates are prepared once for all fits: plain or shared"
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        description="a whole number, from which everything random is drawn"
    )
    estimate: Annotated[EstimateSection, BeforeValidator(empty_if_none)] = Field(
        EstimateSection(), description="what is estimated"
    )
    run: Annotated[Run, BeforeValidator(local_by_default)] = Field(
        Local(), description="where it runs"
    )
    store: str | None = Field(
        "store", description="the folder of finished fits, from which a run can be resumed"
    )
    output: str = Field("results", description="the folder of the results")

    @model_validator(mode="before")
    @classmethod
    def _choose_is_no_list(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if given.get("learners") == CHOOSE:
            return {**given, "learners": [], "choose": given.get("choose") or {}}
        if given.get("choose") is not None:
            raise ValueError("'choose' says how to choose among learners: write 'learners: choose'")
        return given

    @field_validator("learners")
    @classmethod
    def _at_least_one(cls, given: LearnerList, info: ValidationInfo) -> LearnerList:
        if not given and info.data.get("choose") is None:
            raise PydanticCustomError("too_short", "List should have at least 1 item")
        return given

    @model_validator(mode="after")
    def _learners_have_models_and_names(self) -> JobContents:
        check_learners(self.candidates, self.models)
        return self

    @model_validator(mode="after")
    def _tables_are_asked_for_average_effects(self) -> JobContents:
        if self.data.each is None:
            return self
        if self.choose:
            raise ValueError("'data.each' needs learners: name them in place of 'choose'")
        default = EstimateSection()
        for key in ("ate", "for_whom", "costs", "sensitivity", "effect_intervals", "cate"):
            if getattr(self.estimate, key) != getattr(default, key):
                raise ValueError(
                    f"'data.each' compares average effects alone: leave 'estimate.{key}' out, or "
                    "write a job for one of the tables"
                )
        return self

    @property
    def candidates(self) -> list[LearnerSection]:
        """The learners of the job, or those among which it chooses."""
        return [each for each, _ in self.choose.candidates] if self.choose else self.learners

    def key_of(self, position: int) -> Key:
        """The key of a learner; of one that is made of a list and a set of models, the section."""
        return ("choose",) if self.choose else ("learners", position)

    def models_key(self, position: int) -> Key:
        """The key of a learner's base models: its own, or those of the job."""
        if self.choose:
            return self.choose.candidates[position][1]
        return own_models_key(self.learners, position)
