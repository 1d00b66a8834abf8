"""Links to the sites of other packages, by inventories that are here: building needs no network."""  # noqa: INP001 - Sphinx imports it

import zlib
from pathlib import Path

LISTS = Path(__file__).parent / "inventories"
"""A text for each package: the names that our pages mention, as lines of a Sphinx inventory."""

SITES = {
    "dask": "https://docs.dask.org/en/stable/",
    "distributed": "https://distributed.dask.org/en/stable/",
    "lightgbm": "https://lightgbm.readthedocs.io/en/stable/",
    "matplotlib": "https://matplotlib.org/stable/",
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "python": "https://docs.python.org/3/",
    "scikit-learn": "https://scikit-learn.org/stable/",
    "xgboost": "https://xgboost.readthedocs.io/en/stable/",
}


def inventories(folder: Path) -> dict[str, tuple[str, str]]:
    """Write the inventories as Sphinx reads them; returns each site with its file."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        package: (site, str(_compressed(package, folder / f"{package}.inv")))
        for package, site in SITES.items()
    }


def names() -> dict[str, str]:
    """The full names of other packages' classes and functions, by all ways to write them.

    Functions whose last part is a common word, such as ``dask.compute``, are written in full.
    """
    full = [line.split()[0] for package in SITES for line in _lines(package)]
    short = {each.rpartition(".")[2]: each for each in full}
    plain = {last: each for last, each in short.items() if last != last.lower() or "_" in last}
    return plain | {each: each for each in full}


def _lines(package: str) -> list[str]:
    return (LISTS / f"{package}.txt").read_text("utf-8").splitlines()


def _compressed(package: str, path: Path) -> Path:
    head = f"# Sphinx inventory version 2\n# Project: {package}\n# Version: \n# zlib follows.\n"
    lines = "".join(f"{line}\n" for line in _lines(package))
    path.write_bytes(head.encode() + zlib.compress(lines.encode()))
    return path
