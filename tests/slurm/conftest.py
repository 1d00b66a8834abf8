"""A real Slurm on this machine: a controller and four nodes on loopback, for these tests alone."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.cli.study import called
from tests.slurm.queue import effects, slow_job

HERE = Path(__file__).parent
NEEDED = ("slurmctld", "slurmd", "sbatch", "munged")
PACKAGES = "slurmctld slurmd slurm-client munge"


@pytest.fixture(scope="session")
def slurm():
    """Slurm, running; skips where it is not installed."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"Slurm is not installed ({missing[0]} is missing): apt-get install {PACKAGES}")
    if os.geteuid() != 0:
        pytest.skip("Slurm's daemons are started by root here, and these tests run as another user")
    base = Path(tempfile.mkdtemp(prefix="slurm"))
    base.chmod(0o755)
    changed = {"SLURM_BASE": str(base), "PATH": path, "SLURM_CONF": str(base / "slurm.conf")}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        started = subprocess.run(
            [HERE / "start.sh"], check=False, timeout=90, capture_output=True, text=True
        )
        if started.returncode:
            pytest.skip(f"Slurm is installed, but does not start here: {started.stderr.strip()}")
        yield base
    finally:
        subprocess.run([HERE / "stop.sh"], check=False, timeout=90, stdout=subprocess.DEVNULL)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The effects of the job on this machine, without Slurm."""
    path = slow_job(tmp_path_factory.mktemp("undisturbed"))
    assert called("run", path).exit_code == 0
    return effects(path)
