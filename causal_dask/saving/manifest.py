"""The manifest of a saved learner: its parameters, versions and files, as readable JSON.

It has everything that must be checked before anything is unpickled.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, Unreadable
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import Node, Source
from causal_dask.graph.walk import visit
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.keys.hashing import digest
from causal_dask.storage.pickles import BY_VALUE, PROTOCOL, Name
from causal_dask.storage.versions import PYTHON, version_here, versions_in_words, versions_of
from causal_dask.tasks.models import fit

MANIFEST = "manifest.json"


KIND = "causal_dask learner"


FORMAT = 1


LONGEST_REPR = 500
"""Characters of a parameter's repr that the manifest shows."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a saved learner; ``role`` says whether it is the learner, a result, or data.

    ``by_value`` is True if it holds the code of a class or function.
    """

    role: str
    path: str
    label: str
    kind: str
    bytes: int
    checksum: str
    by_value: bool
    seed: int | None = None


def describe(learner: Any, files: Mapping[str, File], needs: Iterable[Name]) -> dict[str, Any]:
    """The manifest of a learner whose files have been written."""
    names: dict[str, list[str]] = {}
    for module, name in sorted(needs):
        names.setdefault(module, []).append(name)
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "class": _path_of(type(learner)),
        "parameters": as_json(learner.get_params(deep=False)),
        "random_state": getattr(learner, "random_state_", None),
        **_study_of(learner),
        "versions": versions_of({"numpy", *names}),
        "pickle_protocol": PROTOCOL,
        "by_value": BY_VALUE in names,
        "needs": names,
        "files": {key: asdict(file) for key, file in files.items()},
    }
    return {**manifest, "checksum": _checksum(manifest)}


def read_manifest(folder: Path) -> tuple[dict[str, Any], dict[str, File]]:
    """The manifest in a folder, and its files by key; raises if it is damaged, or not ours."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InvalidInput(
            f"The 'folder' {folder} has no saved learner: there is no {MANIFEST} in it. Pass the "
            "folder that was passed to save."
        )
    try:
        manifest = json.loads(path.read_bytes())
        kind, layout = manifest["kind"], manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(
            f"The file {path} is damaged, or written by another program: {error}."
        ) from error
    if kind != KIND:
        raise InvalidInput(f"The 'folder' {folder} has a {kind}, not a saved learner.")
    if layout != FORMAT:
        raise Unreadable(
            f"The learner in {folder} was saved in the format {layout} by causal_dask "
            f"{manifest.get('versions', {}).get('causal_dask')}, and causal_dask "
            f"{version_here('causal_dask')} reads the format {FORMAT}. Load it with that version."
        )
    if manifest.pop("checksum", None) != _checksum(manifest):
        raise Unreadable(f"The file {path} is damaged: its content has changed.")
    return manifest, {key: File(**known) for key, known in manifest["files"].items()}


def check_python(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise if this version of Python cannot read the pickles of the one that saved them.

    Python's bytecode changes with each minor version, so code that was saved needs the same one.
    """
    then, now = (version.split(".") for version in (manifest["versions"][PYTHON], _python()))
    same = then[:2] == now[:2] if manifest["by_value"] else then[0] == now[0]
    if same and manifest["pickle_protocol"] <= pickle.HIGHEST_PROTOCOL:
        return
    why = "holds the code of classes or functions that no package has, and " * manifest["by_value"]
    raise Unreadable(
        f"The learner in {folder} {why}was saved with Python {'.'.join(then)}; this is Python "
        f"{'.'.join(now)}, which cannot read it. Load it with that version."
    )


def as_json(value: Any) -> Any:
    """A parameter as JSON: classes as import paths, what JSON cannot express as its repr."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return as_json(value.item())
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, type):
        return _path_of(value)
    return repr(value)[:LONGEST_REPR]


def seeds_of(nodes: Mapping[str, Source]) -> dict[str, int]:
    """The seeds of the fits that have one, by key."""
    fits = (node for node in nodes.values() if isinstance(node, Node) and node.run is fit)
    seeds = ((node.key, node.constants["recipe"].seed) for node in fits)
    return {key: seed for key, seed in seeds if seed is not None}


def nodes_of(learner: Any) -> tuple[dict[str, Source], dict[str, str]]:
    """The nodes that computed a fitted learner's results, and the label of each."""
    fitted: Fitted = learner._fitted  # noqa: SLF001 - our own
    compilers = [Compiler(fitted.learner, study) for study in fitted.prepared.studies]
    kept = [node for c in compilers for node in learner._outputs(c)]  # noqa: SLF001 - our own
    labels = {key: str(note.label) for c in compilers for key, note in c.notes.items()}
    return visit(kept), labels


def versions_then(manifest: Mapping[str, Any], modules: Iterable[str]) -> str:
    """The versions of Python and of some modules' packages when the learner was saved, in words."""
    versions = manifest["versions"]
    return versions_in_words(
        {name: versions[name] for name in versions_of(modules) if name in versions}
    )


def _study_of(learner: Any) -> dict[str, Any]:
    """The keys of the data that a learner was fitted to, and its base models' fingerprints."""
    if not hasattr(learner, "_fitted"):
        return {"data": {"X": learner.cross_fit.X_key}}
    study = learner._fitted.study  # noqa: SLF001 - our own
    return {
        "data": {"X": study.X.key, "y": study.y.key, "w": study.w.key},
        "models": dict(_models_of(study.bases)),
    }


def _models_of(bases: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for kind, base in bases.items():
        model = base.model
        shown = {"model": as_json(model.estimator), "fingerprint": fingerprint(model)}
        yield kind, shown


def _path_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _checksum(manifest: Mapping[str, Any]) -> str:
    return digest(json.dumps(manifest, sort_keys=True))


def _python() -> str:
    return str(version_here(PYTHON))
