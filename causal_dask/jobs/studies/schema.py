"""The schema of a study file; errors quote a field's description."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.learner_section import (
    LearnerList,
    LearnerSection,
    ModelsSection,
    check_learners,
    own_models_key,
)
from causal_dask.jobs.job_file.run_section import AsWritten, Local, Run
from causal_dask.jobs.job_file.section import Count, Section

LACKING = ("retries", "n_jobs_cross_fitting", "n_jobs_base_learners")
"""Keys of ``run`` that say nothing of a study, each of whose replications is one task."""


class StudyContents(Section):
    """The contents of a study file."""

    generate: str = Field(
        description="the function that draws data, as module.function; of a file beside this one, "
        "or of a package"
    )
    design: dict[str, Any] | list[dict[str, Any]] = Field(
        {}, description="lists of values by name, all of which are combined; or a list of settings"
    )
    learners: Annotated[LearnerList, Field(min_length=1)] = Field(
        description="one learner or several: S, T, X, R, RA, DR"
    )
    models: ModelsSection | None = Field(None, description="the base models of all learners")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="folds of the cross-fitting")
    measures: Annotated[list[str], Field(min_length=1)] = Field(
        ["rmse", "bias"],
        description="rmse, mse, bias, ate_error, coverage, width, seconds, or functions of yours",
    )
    replications: Count = Field(100, description="replications of each setting")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        description="a whole number, from which everything random is drawn"
    )
    run: AsWritten = Field(Local(), description="where it runs")
    output: str = Field("results", description="the folder of replications and results")

    @model_validator(mode="after")
    def _learners_have_models_and_names(self) -> StudyContents:
        check_learners(self.learners, self.models)
        return self

    @field_validator("run")
    @classmethod
    def _nothing_that_studies_lack(cls, run: Run) -> Run:
        for name in LACKING:
            if name in run.model_fields_set:
                raise ValueError(f"a study has no {name!r}: each replication is one task")
        return run

    @property
    def candidates(self) -> list[LearnerSection]:
        """The learners."""
        return self.learners

    def key_of(self, position: int) -> Key:
        """The key of a learner."""
        return ("learners", position)

    def models_key(self, position: int) -> Key:
        """The key of a learner's base models: its own, or those of the study."""
        return own_models_key(self.learners, position)
