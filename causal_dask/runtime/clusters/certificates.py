"""Certificates for one cluster: ``python -m causal_dask.runtime.clusters.certificates FOLDER``.

They are made for a job and thrown away with it. Whoever has them may connect, so that only the
owner can read the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from causal_dask.errors import MissingExtra

CA, CERTIFICATE, KEY = "ca.pem", "cert.pem", "key.pem"


def write_certificates(folder: Path) -> None:
    """Write a new certificate, which is its own authority, and its key."""
    from distributed.security import Security  # noqa: PLC0415 - slow, and only clusters need it

    try:
        made = Security.temporary()
    except ImportError as error:
        raise MissingExtra.named("cryptography", "cli") from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    texts = {
        CA: made.tls_ca_file,
        CERTIFICATE: made.tls_scheduler_cert,
        KEY: made.tls_scheduler_key,
    }
    for name, text in texts.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(str(text), encoding="utf-8")


if __name__ == "__main__":
    write_certificates(Path(sys.argv[1]))
