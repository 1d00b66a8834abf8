"""The cluster of a batch job lets nobody else in."""

import asyncio
import json
import stat
import time

import pytest
from distributed import Client

from tests.slurm.queue import LIMIT, effects, held_job, let_go, log_of, submitted, waited_for


def found(folder, pattern):
    """The file or folder that a job makes, once it is there."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        for path in folder.glob(pattern):
            if path.is_dir() or path.stat().st_size:
                return path
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} in {folder}")


def test_a_client_without_the_jobs_certificates_is_turned_away(slurm, tmp_path, undisturbed):
    path = held_job(tmp_path, 0.2)
    number = submitted(path, "--time", "5")
    address = json.loads(found(tmp_path, ".job-*.json").read_text())["address"]
    assert address.startswith("tls://")
    for tried in (address, address.replace("tls://", "tcp://")):
        with pytest.raises((OSError, TypeError, asyncio.TimeoutError)):
            Client(tried, timeout=2, set_as_default=False)
    certificates = found(tmp_path, ".job-*-tls")
    assert stat.S_IMODE(certificates.stat().st_mode) == 0o700
    let_go(path)
    assert waited_for(number) == "COMPLETED", log_of(path)
    assert effects(path) == undisturbed
    assert not certificates.exists()
