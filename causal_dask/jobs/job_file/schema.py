"""The schema of a job file; errors quote a field's description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from causal_dask.jobs.job_file.estimate_section import EstimateSection
from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.learner_section import (
    ChooseSection,
    LearnerList,
    LearnerSection,
    ModelsSection,
    check_learners,
    own_models_key,
)
from causal_dask.jobs.job_file.run_section import AsWritten, Local
from causal_dask.jobs.job_file.section import (
    NOTHING,
    Columns,
    Label,
    OrShort,
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


CHOOSE = "choose"
"""In place of learners: the best of several."""


class JobContents(Section):
    """The contents of a job file."""

    data: DataSection = Field(description="the table, and the roles of its columns")
    choose: ChooseSection | None = Field(
        None, description="the candidates of 'learners: choose', and how they are judged"
    )
    learners: Annotated[LearnerList, OrShort({"const": CHOOSE})] = Field(
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
    estimate: Annotated[EstimateSection, BeforeValidator(empty_if_none), NOTHING] = Field(
        EstimateSection(), description="what is estimated"
    )
    run: AsWritten = Field(Local(), description="where it runs")
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
    def _choices_have_effects(self) -> JobContents:
        if self.choose and not self.estimate.has_effects:
            raise ValueError(
                "'learners: choose' compares effects of single rows, and 'estimate' has "
                "'cate: none': name a learner, such as DR, or remove 'cate'"
            )
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
