"""Whether a cluster has what the client has, looked at before anything is shipped.

A worker that cannot import what it is sent may close without a word, and the client waits for ever.
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
from causal_dask.runtime import worker_probe
from causal_dask.storage.pickles import BY_VALUE, Name, packed
from causal_dask.storage.versions import SCIKIT_LEARN

LIMIT = 60.0
"""Seconds that workers have to answer; those that are too busy are taken as they are."""


CARRIERS = frozenset({"numpy", BY_VALUE.partition(".")[0], OWN_PACKAGE})
"""Packages that pickles name for what they hold besides models."""


SCHEDULER = "the scheduler"


PROBE = "(exec(source, own := {}), own['found_here'](packages, names))[1]"


_known: WeakKeyDictionary[Client, set[tuple[str, Name]]] = WeakKeyDictionary()
"""What each client's workers and scheduler are known to be able to import."""


def check_workers(plan: Plan, client: Client) -> None:
    """Raise if the cluster lacks what a plan needs, or has other versions than there are here."""
    known = _known.setdefault(client, set())
    needed = {(OWN_PACKAGE, "__version__"), *_names(plan)}
    places = {SCHEDULER, *client.nthreads()}
    asked = {(place, name) for place in places for name in needed} - known
    if not asked:
        return
    names = sorted({name for _, name in asked})
    packages = _packages(names)
    here = worker_probe.found_here(packages, [])[0]
    differences = list(_differences(here, _found(client, packages, names)))
    if differences:
        raise WorkersDiffer(
            f"{' '.join(differences)} Nothing was sent. Install the same packages there as here; a "
            "module of your own can be sent with client.upload_file."
        )
    known |= asked


def _names(plan: Plan) -> Iterator[Name]:
    """What workers will import for the models that they are sent."""
    for model in plan.models:
        try:
            found = packed(model).names()
        except Exception as error:
            raise InvalidInput(
                f"A model of the type {type(model).__name__} cannot be pickled ({error}), so it "
                "cannot be sent to workers. Use a local scheduler, or mend its class."
            ) from error
        yield from (name for name in found if name[0] not in {"builtins", OWN_PACKAGE})


def _packages(names: Iterable[Name]) -> list[str]:
    """The packages that names are from, by what they are installed as."""
    tops = {module.partition(".")[0] for module, _ in names} - CARRIERS
    installed = {distributions()[top][0] for top in tops if top in distributions()}
    return sorted({*installed, OWN_PACKAGE, SCIKIT_LEARN})


def _found(client: Client, packages: list[str], names: list[Name]) -> Mapping[str, Any]:
    """What the scheduler, which unpickles what it passes on, and each worker have."""
    call = (
        eval,
        PROBE,
        {"source": inspect.getsource(worker_probe), "packages": packages, "names": names},
    )
    answers: dict[str, Any] = {}
    with suppress(TimeoutError):
        answers = client.run(*call, on_error="return", callback_timeout=LIMIT)
        answers[SCHEDULER] = client.run_on_scheduler(*call, callback_timeout=LIMIT)
    return {place: found for place, found in answers.items() if isinstance(found, tuple)}


def _differences(here: Mapping[str, str | None], answers: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that is missing or other in some places."""
    told: dict[str, list[str]] = {}
    for place, (versions, missing) in answers.items():
        for name, why in missing.items():
            told.setdefault(f"{name} cannot be imported ({why})", []).append(place)
        for name, version in versions.items():
            if version is not None and version != here[name]:
                told.setdefault(f"{name} is {version}, here {here[name]}", []).append(place)
    for what, places in told.items():
        some = ", ".join(sorted(places)[:3]) + (", …" if len(places) > 3 else "")
        yield f"On {some} ({len(places)} of {len(answers)}) {what}."
