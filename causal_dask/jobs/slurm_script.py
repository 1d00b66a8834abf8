"""Write the batch script that runs a job on Slurm, and submit it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causal_dask.errors import InvalidJob, Unreachable
from causal_dask.jobs.job_file.read import JobFile, YamlFile
from causal_dask.jobs.templates import TEMPLATES

WALL_TIME = re.compile(r"^(\d+-)?\d{1,2}(:\d{2}){0,2}$|^\d+$")
"""The forms that sbatch accepts: minutes, hours:minutes:seconds, days-hours and so on."""


@dataclass(frozen=True, slots=True)
class BatchScript:
    """The options of a batch script: of one job with steps, or of an array of ``array`` jobs."""

    file: YamlFile[Any]
    wall_time: str
    nodes: int
    workers_per_node: int
    cpus_per_worker: int
    memory_per_cpu: str | None
    partition: str | None
    stop_before: int
    requeue: bool
    extra: tuple[str, ...]
    command: str = "run"
    options: str = "--unless-done"
    array: int | None = None

    def text(self) -> str:
        """The text of the script."""
        if not WALL_TIME.match(self.wall_time):
            raise InvalidJob(
                f"--time: must be a wall time as sbatch takes it, such as 02:00:00. Got "
                f"{self.wall_time!r}."
            )
        options = {name: getattr(self, name) for name in self.__slots__}
        template = "slurm.sh.j2" if self.array is None else "slurm_array.sh.j2"
        return TEMPLATES.get_template(template).render(
            **options, python=shlex.quote(sys.executable), quoted=shlex.quote
        )


def check_store(file: JobFile) -> None:
    """Raise if a job has no store: at its wall time it would lose what it has done."""
    if file.contents.store is None:
        raise InvalidJob(
            f"{file.where('store')}: a batch job is cut short at its wall time, and only a store "
            "lets it resume. Name a folder."
        )


def submit(script: Path) -> str:
    """Submit a script, and return what sbatch prints."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own script
            ["sbatch", str(script)],  # noqa: S607 - wherever Slurm is installed
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Unreachable(
            "There is no 'sbatch' here. Submit the script where Slurm is installed."
        ) from error
    except subprocess.CalledProcessError as error:
        raise Unreachable(f"sbatch refused {script}: {error.stderr.strip()}") from error
    return done.stdout.strip()
