"""Read and check a job file; errors name the file, the line and the key, and say what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from causal_dask.errors import InvalidJob
from causal_dask.jobs.job_file.key_lines import Key, Lines, location, parse_yaml
from causal_dask.jobs.job_file.run_section import Address, Anywhere, SchedulerFile
from causal_dask.jobs.job_file.schema import JobContents
from causal_dask.jobs.job_file.schema_errors import Given, describe

Contents = TypeVar("Contents", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class YamlFile(Generic[Contents]):
    """The contents of a file, its path, the line of each key, and texts without quotes."""

    path: Path
    contents: Contents
    lines: Lines
    texts: Mapping[Key, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder from which relative paths start."""
        return self.path.parent

    def resolve(self, given: str | Path) -> Path:
        """A path in the file as an absolute path."""
        return self.folder / Path(given).expanduser()

    def where(self, *key: str | int) -> str:
        """The file, line and name of a key, for an error."""
        return location(self.path, self.lines, key)

    def wrong(self, key: Key, what: str) -> InvalidJob:
        """The error that something is wrong at a key."""
        return InvalidJob(f"{self.where(*key)}: {what}")


@dataclass(frozen=True, slots=True)
class JobFile(YamlFile[JobContents]):
    """A job file."""

    @property
    def output(self) -> Path:
        """The folder of the job's results."""
        return self.resolve(self.contents.output)

    @property
    def store(self) -> Path | None:
        """The folder of finished fits, if the job has one."""
        store = self.contents.store
        return None if store is None else self.resolve(store)

    def override(
        self, output: str | None, address: str | None, scheduler_file: str | None
    ) -> JobFile:
        """The job with options of a command line, whose paths start from the working folder."""
        contents = self.contents
        if output:
            contents = contents.model_copy(update={"output": _from_here(output)})
        if address or scheduler_file:
            kept = contents.run.model_dump(include=set(Anywhere.model_fields))
            run: Address | SchedulerFile
            if address:
                run = Address(where="address", address=address, **kept)
            else:
                file = _from_here(str(scheduler_file))
                run = SchedulerFile(where="scheduler-file", scheduler_file=file, **kept)
            contents = contents.model_copy(update={"run": run})
        return replace(self, contents=contents)


def read_job(path: str | Path) -> JobFile:
    """Read and check a job file.

    Raises
    ------
    InvalidJob
        If the file does not exist, is not YAML, or contains something that a job cannot have.
    """
    return JobFile(*read_yaml(path, JobContents, "job file"))


def read_yaml(
    path: str | Path, schema: type[Contents], what: str
) -> tuple[Path, Contents, Lines, Mapping[Key, str]]:
    """The parts of a file that follows a schema; raises if it does not."""
    path = Path(path).expanduser().absolute()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InvalidJob(
            f"{path}: there is no such {what}. 'causal-dask {'study ' * (what != 'job file')}init' "
            "writes one to start from."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidJob(f"{path}: the {what} cannot be read: {error}") from error
    raw, lines, texts = parse_yaml(path, text)
    try:
        return path, schema.model_validate(raw), lines, texts
    except ValidationError as error:
        given = Given(raw, schema)
        messages = [describe(path, lines, given, each) for each in error.errors()]
        raise InvalidJob("\n".join(dict.fromkeys(messages))) from error


def _from_here(path: str) -> str:
    """A path of the command line, which starts from the working folder."""
    return str(Path.cwd() / Path(path).expanduser())
