"""Clusters with TLS: what they turn away, what is written for them, what is told without it."""

import asyncio
import os
import stat
import subprocess
import sys

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster
from distributed.security import Security

from causal_dask.datasets import make_study
from causal_dask.errors import UnencryptedCluster
from causal_dask.runtime.clusters.certificates import CA, CERTIFICATE, KEY, write_certificates
from causal_dask.runtime.clusters.encryption import is_open, warn_if_open
from tests.catalogue import learner_of

STUDY = make_study(120, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def security_in(folder):
    roles = ("scheduler", "worker", "client")
    own = {f"tls_{role}_cert": str(folder / CERTIFICATE) for role in roles}
    own |= {f"tls_{role}_key": str(folder / KEY) for role in roles}
    return Security(tls_ca_file=str(folder / CA), require_encryption=True, **own)


@pytest.fixture
def cluster(tmp_path):
    write_certificates(tmp_path / "tls")
    security = security_in(tmp_path / "tls")
    with LocalCluster(
        n_workers=1, threads_per_worker=2, security=security, protocol="tls://",
        dashboard_address=":0",
    ) as running:  # fmt: skip
        yield running, security


def test_fits_on_a_cluster_with_our_certificates_give_the_same(cluster):
    running, security = cluster
    plain = learner_of().fit(*DATA).predict(STUDY.X)
    with Client(running.scheduler_address, security=security):
        there = learner_of().fit(*DATA).predict(STUDY.X)
    assert running.scheduler_address.startswith("tls://")
    assert np.array_equal(there, plain)


@pytest.mark.parametrize("kind", ["none", "others"])
def test_a_client_without_its_certificates_is_turned_away(cluster, kind, tmp_path):
    running, _ = cluster
    write_certificates(tmp_path / "others")
    security = None if kind == "none" else security_in(tmp_path / "others")
    address = running.scheduler_address
    with pytest.raises((OSError, TypeError, asyncio.TimeoutError)):
        Client(address, security=security, timeout=2, set_as_default=False)
    with pytest.raises((OSError, asyncio.TimeoutError)):
        Client(address.replace("tls", "tcp"), timeout=2, set_as_default=False)


def test_certificates_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "of a job"
    subprocess.run(
        [sys.executable, "-m", "causal_dask.runtime.clusters.certificates", folder], check=True
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {CA, CERTIFICATE, KEY}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    if os.geteuid() == 0:
        read = subprocess.run(
            ["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", "cat", folder / KEY],
            check=False, capture_output=True,
        )  # fmt: skip
        assert read.returncode != 0
        assert read.stdout == b""


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
        ("tls://10.0.0.7:8786", False),
        ("inproc://10.0.0.7/12/1", False),
        ("tcp://10.0.0.7:8786", True),
        ("tcp://[2001:db8::7]:8786", True),
        ("tcp://login-node:8786", True),
    ],
)
def test_plain_tcp_beyond_loopback_is_open(address, found):
    assert is_open(address) is found


def test_an_open_scheduler_is_told_once_for_each_client():
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, host="0.0.0.0",  # noqa: S104 - what is warned of
            dashboard_address=":0",
        ) as running,
        Client(running) as client,
    ):  # fmt: skip
        if not is_open(client.scheduler.address):
            pytest.skip("this machine has no network interface but loopback")
        with pytest.warns(UnencryptedCluster, match="does not use TLS: whoever reaches its port"):
            learner_of().fit(*DATA)
        warn_if_open(client)
    assert dask.config.get("distributed.comm.require-encryption") is not True
