"""Effects of new rows, from the learners in a folder of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from causal_dask.errors import InvalidInput, InvalidJob
from causal_dask.estimators.loading import load
from causal_dask.jobs.estimates import effects_of
from causal_dask.jobs.reading import JobFile, read_job
from causal_dask.jobs.results import JOB, LEARNERS, write_table
from causal_dask.jobs.tables import other_table
from causal_dask.sources.whole_file import unnamed_beside


def predict_rows(
    results: Path, table: str, output: Path, names: Sequence[str], *, force: bool
) -> int:
    """Write the effects of a table's rows into a file; how many they are."""
    if output.exists() and not force:
        raise InvalidJob(f"{output}: there is a file already. Choose another, or pass --force.")
    file = _job_of(results)
    folders = {name: results / LEARNERS / name for name in _chosen(file, names)}
    learners = {name: load(folder) for name, folder in folders.items()}
    features = next(iter(learners.values())).feature_names_in_
    rows = other_table(file, [str(name) for name in features], table, table)
    effects = effects_of(learners, rows)
    output.parent.mkdir(parents=True, exist_ok=True)
    growing = unnamed_beside(output)
    try:
        write_table(effects, growing)
        growing.replace(output)
    finally:
        growing.unlink(missing_ok=True)
    return len(effects)


def _job_of(results: Path) -> JobFile:
    """The job whose results these are; paths start from where the command is given."""
    if not (results / JOB).is_file():
        raise InvalidInput(
            f"{results} is no folder of results: it has no {JOB}. Name the 'output' of a job that "
            "has run."
        )
    return replace(read_job(results / JOB), path=Path.cwd() / JOB)


def _chosen(file: JobFile, names: Sequence[str]) -> list[str]:
    known = [learner.called for learner in file.job.learners]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidJob(f"There is no learner {unknown[0]!r}. The learners are {known}.")
    return list(names) or known
