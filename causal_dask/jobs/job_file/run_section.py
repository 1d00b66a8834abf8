"""The ``run`` section of a job file: the cluster that a job runs on, and how."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from causal_dask.jobs.job_file.section import NOTHING, Count, OrShort, Section, empty_if_none

WHERE = "the cluster: local, address, scheduler-file, a batch system such as slurm, or mpi"


class Anywhere(Section):
    """Keys that every cluster has."""

    retries: Annotated[int, Field(ge=0)] = Field(
        0, description="how often a failed fit is tried again"
    )
    n_jobs_cross_fitting: Count | None = Field(None, description="the most folds at once")
    n_jobs_base_learners: Count | None = Field(None, description="the most models at once")
    config: dict[str, Any] = Field({}, description="settings of Dask, by their dotted names")


class Local(Anywhere):
    """This machine: threads of this process, or worker processes."""

    where: Literal["local"] = Field("local", description=WHERE)
    workers: Count | None = Field(None, description="worker processes instead of threads")
    threads: Count | None = Field(None, description="threads, of each worker if there are any")


class Address(Anywhere):
    """A running scheduler, by its address."""

    where: Literal["address"] = Field(description=WHERE)
    address: str = Field(description="where the scheduler listens, such as tcp://host:8786")


class SchedulerFile(Anywhere):
    """A running scheduler, by the file in which it has written its address."""

    where: Literal["scheduler-file"] = Field(description=WHERE)
    scheduler_file: str = Field(
        description="the file in which the scheduler has written its address"
    )


class Adapt(Section):
    """The fewest and most jobs of the batch system; the work decides between them."""

    minimum: Annotated[int, Field(ge=0)] = Field(0, description="the fewest jobs")
    maximum: Count = Field(description="the most jobs")

    @model_validator(mode="after")
    def _minimum_is_not_above_maximum(self) -> Adapt:
        if self.minimum > self.maximum:
            raise ValueError("'minimum' is more than 'maximum': exchange them")
        return self


class Queue(Anywhere):
    """Workers that are jobs of a batch system, submitted by dask-jobqueue."""

    where: Literal["slurm", "pbs", "lsf", "sge", "oar", "moab", "htcondor"] = Field(
        description=WHERE
    )
    jobs: Count | None = Field(None, description="how many jobs to submit")
    adapt: Adapt | None = Field(
        None, description="the fewest and most jobs to submit, as the work needs them"
    )
    options: dict[str, Any] = Field({}, description="options of dask-jobqueue's cluster class")

    @model_validator(mode="after")
    def _either_jobs_or_adapt(self) -> Queue:
        if (self.jobs is None) == (self.adapt is None):
            raise ValueError("exactly one of 'jobs' and 'adapt' must be given")
        return self


class Mpi(Anywhere):
    """The ranks of an MPI job: the scheduler, this program, and the workers."""

    where: Literal["mpi"] = Field(description=WHERE)
    options: dict[str, Any] = Field({}, description="options of dask_mpi.initialize")


def local_by_default(run: Any) -> Any:
    """A ``run`` section with ``where``: this machine by default; a word alone is its value."""
    run = {"where": run} if isinstance(run, str) else empty_if_none(run)
    return {"where": "local", **run} if isinstance(run, dict) else run


Run = Annotated[Local | Address | SchedulerFile | Queue | Mpi, Field(discriminator="where")]

AsWritten = Annotated[
    Run, BeforeValidator(local_by_default), OrShort({"enum": ["local", "mpi"]}), NOTHING
]
"""The section as it may be written: a word alone is ``where``, and without keys it is local."""
