"""Check that a cluster has the client's packages, before anything is sent to it.

A worker that cannot import what it is sent may close silently, and the client would wait forever.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from distributed import Client

from causal_dask.errors import InvalidInput, WorkersDiffer
from causal_dask.keys.packages import OWN_PACKAGE, distributions
from causal_dask.plans.plan import Plan
from causal_dask.runtime.clusters import worker_probe
from causal_dask.storage.pickles import BY_VALUE, Name, pack
from causal_dask.storage.versions import SCIKIT_LEARN

LIMIT = 60.0
"""Seconds to wait for the answers; a worker too busy to answer is not checked."""


CARRIERS = frozenset({"numpy", BY_VALUE.partition(".")[0], OWN_PACKAGE})
"""Packages that any model's pickle may refer to, whatever package the model is from."""


SCHEDULER = "the scheduler"


PROBE = "(exec(source, own := {}), own['look_up'](packages, names))[1]"
"""Runs the source of ``worker_probe`` where this package may be missing."""


_known: WeakKeyDictionary[Client, set[tuple[str, Name]]] = WeakKeyDictionary()
"""What the workers and the scheduler of each client are known to be able to import."""


def check_workers(plan: Plan, client: Client) -> None:
    """Raise if the cluster lacks what a plan needs, or has it in other versions than the client."""
    known = _known.setdefault(client, set())
    needed = {(OWN_PACKAGE, "__version__"), *_names(plan)}
    processes = {SCHEDULER, *client.nthreads()}
    asked = {(process, name) for process in processes for name in needed} - known
    if not asked:
        return
    names = sorted({name for _, name in asked})
    packages = _packages(names)
    here = worker_probe.look_up(packages, [])[0]
    differences = list(_differences(here, _ask(client, packages, names)))
    if differences:
        raise WorkersDiffer(
            f"{' '.join(differences)} Nothing was sent. Install the same packages there as here; a "
            "module of your own can be sent with client.upload_file."
        )
    known |= asked


def _names(plan: Plan) -> Iterator[Name]:
    """What workers will import when they unpickle the plan's models."""
    for model in plan.models:
        try:
            found = pack(model).names()
        except Exception as error:
            raise InvalidInput(
                f"A model of the type {type(model).__name__} cannot be pickled ({error}), so it "
                "cannot be sent to workers. Use a local scheduler, or make its class picklable."
            ) from error
        yield from (name for name in found if name[0] not in {"builtins", OWN_PACKAGE})


def _packages(names: Iterable[Name]) -> list[str]:
    """The packages that names belong to, as they are called when they are installed."""
    tops = {module.partition(".")[0] for module, _ in names} - CARRIERS
    installed = {distributions()[top][0] for top in tops if top in distributions()}
    return sorted({*installed, OWN_PACKAGE, SCIKIT_LEARN})


def _ask(client: Client, packages: list[str], names: list[Name]) -> Mapping[str, Any]:
    """The answers of the workers, and of the scheduler, which also unpickles what it is sent."""
    call = (
        eval,
        PROBE,
        {"source": inspect.getsource(worker_probe), "packages": packages, "names": names},
    )
    answers: dict[str, Any] = {}
    with suppress(TimeoutError):
        answers = client.run(*call, on_error="return", callback_timeout=LIMIT)
        answers[SCHEDULER] = client.run_on_scheduler(*call, callback_timeout=LIMIT)
    return {process: found for process, found in answers.items() if isinstance(found, tuple)}


def _differences(here: Mapping[str, str | None], answers: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each package or name that is missing or different in some processes."""
    differing: dict[str, list[str]] = {}
    for process, (versions, missing) in answers.items():
        for name, why in missing.items():
            differing.setdefault(f"{name} cannot be imported ({why})", []).append(process)
        for name, version in versions.items():
            if version is not None and version != here[name]:
                differing.setdefault(f"{name} is {version}, here {here[name]}", []).append(process)
    for what, processes in differing.items():
        some = ", ".join(sorted(processes)[:3]) + (", …" if len(processes) > 3 else "")
        yield f"On {some} ({len(processes)} of {len(answers)}) {what}."
