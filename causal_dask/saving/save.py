"""Save a fitted learner in a folder: a manifest that people can read, and a file for each model.

The learner is pickled without its results and data; these go into files of their own, by key.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from causal_dask.errors import InvalidInput, NotFitted
from causal_dask.graph.label import Label
from causal_dask.graph.node import Data
from causal_dask.keys.hashing import digest
from causal_dask.runtime.run import gather
from causal_dask.saving.manifest import KIND, MANIFEST, File, describe, nodes_of, seeds_of
from causal_dask.sources.addresses import folder_here
from causal_dask.sources.whole_file import whole_folder, write_json
from causal_dask.storage.pickles import BY_VALUE, Name, Packed, Refer, pack
from causal_dask.storage.result_file import Note, write

LEARNER = "learner"


class Savable:
    """Estimators that can be saved once they are fitted."""

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Save the fitted learner in a folder, for ``causal_dask.load``.

        Models that are on a cluster are fetched first. The folder appears once all of it is
        written. It holds ``y``, ``w``, the folds and hashes of the rows of ``X``, but not ``X``.

        Parameters
        ----------
        folder : str or Path
            Where to save. The folder must be empty or not exist.
        overwrite : bool, default False
            Whether to replace a learner that was saved in the folder. Anything else is left alone.

        Returns
        -------
        Path
            The absolute path of the folder.

        Raises
        ------
        NotFitted
            Before ``fit``.
        InvalidInput
            If the folder is not empty; if a model cannot be pickled.

        Examples
        --------
        >>> import tempfile
        >>> from sklearn.linear_model import Ridge
        >>> from causal_dask import TLearner, load
        >>> from causal_dask.datasets import make_study
        >>> study = make_study(200, random_state=0)
        >>> learner = TLearner(nuisance_model_factory=Ridge, n_folds=2, random_state=0)
        >>> learner = learner.fit(study.X, study.y, study.w)
        >>> folder = learner.save(f"{tempfile.mkdtemp()}/t_learner")
        >>> bool((load(folder).predict(study.X) == learner.predict(study.X)).all())
        True
        """
        if not self.__sklearn_is_fitted__():  # type: ignore[attr-defined]
            raise NotFitted(f"This {type(self).__name__} is not fitted yet. Call fit first.")
        folder = folder_here(folder, "folder").resolve()
        _check_free(folder, overwrite)
        with whole_folder(folder) as growing:
            write_json(growing / MANIFEST, _write_files(self, growing))
        return folder


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes values as files, and collects what the manifest says of them."""

    folder: Path
    labels: Mapping[str, str]
    seeds: Mapping[str, int]
    files: dict[str, File] = field(default_factory=dict)
    needs: set[Name] = field(default_factory=set)

    def write(self, role: str, key: str, value: Any, refer: Refer | None = None) -> None:
        """Write one value, unless its key has a file already."""
        if key in self.files:
            return
        label = self.labels.get(key, "")
        whole, path = _pack(value, label or key, refer), _path(role, key)
        names = whole.names()
        about = write(self.folder / path, key, whole, Note(label))
        self.needs.update(names)
        self.files[key] = File(
            role=role,
            path=path,
            label=label,
            kind=whole.kind,
            bytes=about.n_bytes,
            checksum=about.checksum,
            by_value=any(module == BY_VALUE for module, _ in names),
            seed=self.seeds.get(key),
        )


def _write_files(learner: Any, folder: Path) -> dict[str, Any]:
    """Write a learner's files and return its manifest."""
    bare = copy.copy(learner)  # copying fetches results that are on a cluster
    results: Mapping[str, Any] = {}
    labels, seeds = _names_of(learner)
    if hasattr(bare, "_fitted"):
        results = bare._fitted.results  # noqa: SLF001 - our own
        bare._fitted = replace(bare._fitted, results={})  # noqa: SLF001 - our own
    writer, data = _Writer(folder, labels, seeds), dict[str, Any]()

    def refer(thing: Any) -> str | None:
        """The key of a data node, whose value is saved in a file of its own."""
        if type(thing) is not Data or thing.value is None:
            return None
        data[thing.key] = thing.value
        return thing.key

    writer.write(LEARNER, LEARNER, bare, refer)
    for key, value in results.items():
        writer.write("result", key, value)
    for key, value in gather(data).items():
        writer.write("data", key, value)
    return describe(learner, writer.files, writer.needs)


def _names_of(learner: Any) -> tuple[dict[str, str], dict[str, int]]:
    """The labels of a learner's results, and the seeds of its fits, both by key."""
    if hasattr(learner, "_fitted"):
        nodes, labels = nodes_of(learner)
        return labels, seeds_of(nodes)
    fits = learner.cross_fit.fits
    parts = {w: "fold " + " and ".join(map(str, w)) if w else "all rows" for w in fits}
    return {fits[w].key: str(Label("CrossFitEstimator", part)) for w, part in parts.items()}, {}


def _pack(value: Any, name: str, refer: Refer | None) -> Packed:
    try:
        return pack(value, refer)
    except Exception as error:
        raise InvalidInput(
            f"The {name} cannot be saved: a {type(value).__name__} of it cannot be pickled "
            f"({type(error).__name__}: {error})."
        ) from error


def _path(role: str, key: str) -> str:
    """The path of a file in the folder."""
    name = key if key.isascii() and key.replace("-", "_").isidentifier() else digest(key)
    return f"{name}.result" if role == LEARNER else f"{role}/{name}.result"


def _check_free(folder: Path, overwrite: bool) -> None:
    """Raise unless the folder is empty, missing, or has a learner that may be replaced."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InvalidInput(f"The 'folder' {folder} is a file. Choose another name.")
    if not any(folder.iterdir()):
        return
    manifest = folder / MANIFEST
    is_ours = manifest.is_file() and KIND in manifest.read_text(encoding="utf-8", errors="replace")
    if not overwrite:
        advice = "Choose another name" + (", or pass overwrite=True." if is_ours else ".")
        raise InvalidInput(f"There is something in the 'folder' {folder}. {advice}")
    if not is_ours:
        raise InvalidInput(
            f"The 'folder' {folder} has something other than a saved learner in it, which "
            "overwrite=True does not delete. Choose another name."
        )
