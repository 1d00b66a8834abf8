"""Load a saved learner; incompatibilities are reported before anything is unpickled."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from causal_dask.errors import InconsistentVersions, ShortTraceback, Unreadable, warn
from causal_dask.graph.node import Data
from causal_dask.runtime.task import trusts_others
from causal_dask.saving.earlier_keys import under_todays_keys
from causal_dask.saving.manifest import (
    File,
    check_python,
    nodes_of,
    read_manifest,
    versions_then,
)
from causal_dask.saving.save import LEARNER
from causal_dask.sources.addresses import folder_here
from causal_dask.storage.owners import check_owner
from causal_dask.storage.pickles import Part, find_global
from causal_dask.storage.result_file import About, read_parts, unpickle
from causal_dask.storage.versions import PYTHON, version_here

QUIET = frozenset({PYTHON, "numpy", "scipy", "pandas", "cloudpickle"})
"""Packages whose versions may differ without a warning: they read each other's pickles."""


@ShortTraceback()
def load(folder: str | Path, *, trust: bool = False) -> Any:
    """Load a saved learner, which predicts the same numbers as before.

    A saved learner holds pickles, which can run any code: load only what you trust. Before anything
    is unpickled, its files are checked for damage, and its requirements against what is installed.

    Parameters
    ----------
    folder : str or Path
        What was passed to ``save``.
    trust : bool, default False
        Whether to load files that belong to another user, which can run any code as you.

    Returns
    -------
    MetaLearner or CrossFitEstimator
        The fitted learner.

    Raises
    ------
    InvalidInput
        If there is no saved learner in the folder, or it is another user's and not trusted.
    Unreadable
        If files are damaged or missing; if a newer version of causal_dask wrote them; if the
        version of Python or the installed packages are incompatible.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import CrossFitEstimator
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> model = CrossFitEstimator(5, LinearRegression, random_state=0).fit(X, 2 * X[:, 0])
    >>> load(model.save(f"{tempfile.mkdtemp()}/model")).predict(X)[:3].round(6)
    array([0., 2., 4.])
    """
    folder = folder_here(folder, "folder")
    if not (trust or trusts_others()):
        for path in (folder, *folder.rglob("*")):
            check_owner(path, "pass trust=True")
    manifest, files = read_manifest(folder)
    check_python(folder, manifest)
    _check_names(folder, manifest)
    _warn_of_versions(folder, manifest)
    with warnings.catch_warnings():
        # scikit-learn would warn again for every model.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return _restore(_Files(_read(folder, files)), files)


@dataclass(frozen=True, slots=True)
class _Files:
    """Checked files, and the values and nodes made from them, each at most once."""

    read: Mapping[str, tuple[Path, About, list[Part]]]
    values: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, Data] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        """The value in the file of this key."""
        if key not in self.values:
            self.values[key] = unpickle(*self.read[key])
        return self.values[key]

    def node(self, key: str) -> Data:
        """The data node of this key, which was left out of the learner's pickle."""
        if key not in self.nodes:
            self.nodes[key] = Data(key, self.value(key))
        return self.nodes[key]


def _restore(saved: _Files, files: Mapping[str, File]) -> Any:
    """The learner, with the results and data that were saved apart from it."""
    learner = unpickle(*saved.read[LEARNER], saved.node)
    if hasattr(learner, "_fitted"):
        results = {key: saved.value(key) for key, file in files.items() if file.role == "result"}
        learner._fitted = replace(learner._fitted, results=results)  # noqa: SLF001 - our own
        nodes, _ = nodes_of(learner)
        if not results.keys() <= nodes.keys():
            found = under_todays_keys(results, nodes.values())
            learner._fitted = replace(learner._fitted, results=found)  # noqa: SLF001 - our own
    return learner


def _read(folder: Path, files: Mapping[str, File]) -> dict[str, tuple[Path, About, list[Part]]]:
    """The bytes of all files; raises an error that lists those that are not as they were saved."""
    read, wrong = {}, []
    for key, file in files.items():
        path = folder / file.path
        try:
            read[key] = (path, *read_parts(path, key))
            if read[key][1].checksum != file.checksum:
                wrong.append(f"The file {path} is another than was saved.")
        except FileNotFoundError:
            wrong.append(f"The file {path} is missing.")
        except (Unreadable, OSError) as error:
            wrong.append(str(error))
    if wrong:
        raise Unreadable(
            f"{len(wrong)} of the {len(files)} files of the learner in {folder} cannot be used, so "
            f"it is not loaded: {' '.join(wrong)}"
        )
    return read


def _check_names(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise if a class or function that the pickles refer to cannot be imported here."""
    missing = dict(_missing(manifest["needs"]))
    if missing:
        first, why = next(iter(missing.items()))
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Unreadable(
            f"The learner in {folder} needs {first}{more}, which cannot be imported here ({why}). "
            f"It was saved with {versions_then(manifest, {first})}. Install what is missing, or "
            "make the module importable, and load the learner again."
        )


def _missing(needs: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """The names that cannot be imported, with the reasons."""
    for module, names in needs.items():
        for name in names:
            try:
                find_global(module, name)
            except Exception as error:  # noqa: BLE001 - a foreign module may raise anything
                yield f"{module}.{name}", f"{type(error).__name__}: {error}"


def _warn_of_versions(folder: Path, manifest: Mapping[str, Any]) -> None:
    then = {name: v for name, v in manifest["versions"].items() if name not in QUIET}
    changed = {name: (v, now) for name, v in then.items() if (now := version_here(name)) != v}
    if changed:
        changes = "; ".join(f"{name} {v}, here {now}" for name, (v, now) in changed.items())
        warn(
            f"The learner in {folder} was saved with other versions: {changes}. It may predict "
            "other numbers or fail. Load it with those versions, or fit it again.",
            InconsistentVersions,
        )
