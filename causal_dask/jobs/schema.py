"""What a job file can say. A field's description is what an error tells of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _twice(names: list[str]) -> str | None:
    """A name that is there more than once."""
    return next((name for name in names if names.count(name) > 1), None)


def _empty_is_left_out(section: Any) -> Any:
    """A section without keys as one that says nothing."""
    return {} if section is None else section


Label = str | int | float | bool
Count = Annotated[int, Field(ge=1)]
Columns = Annotated[list[str], Field(min_length=1)]


class Section(BaseModel):
    """A part of a job file: no other keys than these, and no guessing at types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class DataSection(Section):
    """The rows, and what their columns are."""

    path: str | Columns = Field(
        description="the CSV, Parquet or Arrow file, folder or pattern with the rows"
    )
    outcome: str = Field(description="the column of the outcome")
    treatment: str = Field(description="the column of the treatment variant")
    control: Label | None = Field(None, description="the treatment's value that is control")
    features: Columns | None = Field(None, description="the columns of the covariates")
    exclude: list[str] = Field([], description="columns that are no covariates")
    id: str | None = Field(None, description="a column that names the rows in the results")
    weights: str | None = Field(None, description="the column of the rows' weights")
    groups: str | None = Field(None, description="the column of the groups that stay together")
    propensities: float | str | None = Field(
        None, description="the known probability of treatment, or the column that has it"
    )

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> DataSection:
        if self.features is not None and self.exclude:
            raise ValueError("'features' and 'exclude' are both given: leave one of them out")
        for key in ("features", "exclude"):
            twice = _twice(getattr(self, key) or [])
            if twice:
                raise ValueError(f"{key!r} names the column {twice!r} twice: remove one")
        return self

    @model_validator(mode="after")
    def _one_role_a_column(self) -> DataSection:
        roles = {key: name for key, name in self.roles.items() if key != "id"}
        twice = _twice(list(roles.values()))
        if twice:
            first, second, *_ = [key for key, name in roles.items() if name == twice]
            raise ValueError(
                f"{first!r} and {second!r} are both the column {twice!r}: correct one of them"
            )
        return self

    @property
    def roles(self) -> dict[str, str]:
        """The columns that are named as something else than a covariate, by key."""
        keys = ("outcome", "treatment", "id", "weights", "groups", "propensities")
        found = {key: getattr(self, key) for key in keys}
        return {key: name for key, name in found.items() if isinstance(name, str)}


class ModelSection(Section):
    """A base model."""

    class_: str = Field(
        alias="class", description="a class by its import path, such as xgboost.XGBRegressor"
    )
    parameters: dict[str, Any] = Field({}, description="the parameters of the class, by name")


class ModelsSection(Section):
    """The base models of a learner."""

    nuisance: ModelSection = Field(description="the model of the outcome")
    propensity: ModelSection | None = Field(None, description="the model of the treatment")
    treatment: ModelSection | None = Field(None, description="the model of the effect")


class LearnerSection(Section):
    """A learner, with what it has of its own."""

    kind: Literal["S", "T", "X", "R", "RA", "DR"] = Field(description="which learner")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] | None = Field(
        None, description="what the learner is called in the results"
    )
    models: ModelsSection | None = Field(None, description="its base models, if not the job's")
    parameters: dict[str, Any] = Field({}, description="other parameters of the learner's class")

    @property
    def called(self) -> str:
        """What the learner is called in the results."""
        return self.name or self.kind


def _in_full(learner: Any) -> Any:
    """A learner that is named by its kind alone, as a section."""
    return {"kind": learner} if isinstance(learner, str) else learner


class EstimateSection(Section):
    """What is estimated."""

    ate: bool = Field(True, description="whether to estimate average effects")
    level: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.95, description="the level of the intervals"
    )
    cate: str = Field(
        "training",
        description="the rows that get effects: 'training', or the path of a table of others",
    )
    evaluation: bool = Field(True, description="whether to score all models")


class Anywhere(Section):
    """What can be said wherever a job runs."""

    retries: Annotated[int, Field(ge=0)] = Field(0, description="how often a failed fit is tried")
    n_jobs_cross_fitting: Count | None = Field(None, description="at most so many folds at once")
    n_jobs_base_learners: Count | None = Field(None, description="at most so many models at once")
    config: dict[str, Any] = Field({}, description="settings of Dask, by their dotted names")


class Local(Anywhere):
    """This machine: threads of this process, or worker processes."""

    where: Literal["local"] = "local"
    workers: Count | None = Field(None, description="worker processes instead of threads")
    threads: Count | None = Field(None, description="threads, of each worker if there are any")


class Address(Anywhere):
    """A scheduler that runs already."""

    where: Literal["address"]
    address: str = Field(description="where the scheduler listens, such as tcp://host:8786")


class SchedulerFile(Anywhere):
    """A scheduler that runs already and has written where."""

    where: Literal["scheduler-file"]
    scheduler_file: str = Field(description="the file that the scheduler has written")


class Adapt(Section):
    """How many jobs of the batch system, as the work needs them."""

    minimum: Annotated[int, Field(ge=0)] = Field(0, description="jobs that are kept")
    maximum: Count = Field(description="jobs that there are at most")

    @model_validator(mode="after")
    def _in_order(self) -> Adapt:
        if self.minimum > self.maximum:
            raise ValueError("'minimum' is more than 'maximum': exchange them")
        return self


class Queue(Anywhere):
    """Workers that are jobs of a batch system, submitted by dask-jobqueue."""

    where: Literal["slurm", "pbs", "lsf", "sge", "oar", "moab", "htcondor"]
    jobs: Count | None = Field(None, description="how many jobs to submit")
    adapt: Adapt | None = Field(None, description="between how many jobs to submit, by the work")
    options: dict[str, Any] = Field({}, description="options of dask-jobqueue's cluster class")

    @model_validator(mode="after")
    def _some_jobs(self) -> Queue:
        if (self.jobs is None) == (self.adapt is None):
            raise ValueError("exactly one of 'jobs' and 'adapt' must be given")
        return self


class Mpi(Anywhere):
    """The ranks of an MPI job: the scheduler, this program, and the workers."""

    where: Literal["mpi"]
    options: dict[str, Any] = Field({}, description="options of dask_mpi.initialize")


Run = Annotated[Local | Address | SchedulerFile | Queue | Mpi, Field(discriminator="where")]


def _here_by_default(run: Any) -> Any:
    """A section that does not say where: this machine; a word alone is the place."""
    run = {"where": run} if isinstance(run, str) else _empty_is_left_out(run)
    return {"where": "local", **run} if isinstance(run, dict) else run


class Job(Section):
    """A whole job file."""

    data: DataSection = Field(description="the rows, and what their columns are")
    learners: Annotated[
        list[Annotated[LearnerSection, BeforeValidator(_in_full)]], Field(min_length=1)
    ] = Field(description="one learner or several: S, T, X, R, RA, DR")
    models: ModelsSection | None = Field(None, description="the base models of all learners")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="folds of the cross-fitting")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        description="a whole number, from which everything random is drawn"
    )
    estimate: Annotated[EstimateSection, BeforeValidator(_empty_is_left_out)] = Field(
        EstimateSection(), description="what is estimated"
    )
    run: Annotated[Run, BeforeValidator(_here_by_default)] = Field(
        Local(), description="where it runs"
    )
    store: str | None = Field(
        "store", description="the folder that keeps finished fits, so that a run can be resumed"
    )
    output: str = Field("results", description="the folder of the results")

    @model_validator(mode="after")
    def _every_learner_has_models(self) -> Job:
        for number, learner in enumerate(self.learners):
            if (learner.models or self.models) is None:
                raise ValueError(
                    f"'models' is missing, and learner {number + 1} has none of its own"
                )
        return self

    @model_validator(mode="after")
    def _names_apart(self) -> Job:
        twice = _twice([learner.called for learner in self.learners])
        if twice:
            raise ValueError(
                f"two of 'learners' are called {twice!r}: give each a 'name' of its own"
            )
        return self
