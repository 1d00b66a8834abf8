"""Whether a cluster can be listened to, or used, by others who reach its port."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakSet

from causal_dask.errors import UnencryptedCluster, warn

if TYPE_CHECKING:
    from distributed import Client

_told: WeakSet[Client] = WeakSet()
"""The clients whose users have been told."""


def warn_if_open(client: Client) -> None:
    """Warn, once for each client, if its scheduler listens without TLS beyond this machine."""
    address = getattr(client.scheduler, "address", "")
    if client in _told or not is_open(address):
        return
    _told.add(client)
    warn(
        f"The scheduler at {address} does not use TLS: whoever reaches its port can run code as "
        "you, and data travel in plain text. On a machine that others share, start the scheduler "
        "and the workers with TLS, as 'causal-dask slurm' does; the page 'Security' of the docs "
        "says how.",
        UnencryptedCluster,
    )


def is_open(address: str) -> bool:
    """Whether an address is of plain TCP on a network interface other than loopback."""
    parts = urlsplit(address)
    if parts.scheme != "tcp" or parts.hostname in (None, "localhost"):
        return False
    try:
        return not ipaddress.ip_address(str(parts.hostname)).is_loopback
    except ValueError:  # a name
        return True
