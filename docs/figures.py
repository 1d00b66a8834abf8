"""Takes the figures that an example has drawn, or else saved, into the gallery."""  # noqa: INP001 - Sphinx imports it

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from sphinx_gallery.scrapers import figure_rst, matplotlib_scraper

Block = tuple[str, str, int]


def figures_of(block: Block, variables: Any, gallery: Any) -> str:
    """The figures of a block, as reST. A figure that is both drawn and saved is taken once."""
    saved = sorted((Path(variables["src_file"]).parent / "out").glob("*.png"))
    drawn = bool(plt.get_fignums())
    taken = matplotlib_scraper(block, variables, gallery) if drawn else ""
    if saved and not drawn:
        taken = _saved(saved, variables["image_path_iterator"], gallery["src_dir"])
    for folder in {path.parent for path in saved}:
        shutil.rmtree(folder)
    return str(taken)


def _saved(saved: list[Path], shown: Iterator[str], source: str) -> str:
    paths = [next(shown) for _ in saved]
    for figure, path in zip(saved, paths, strict=True):
        shutil.copy(figure, path)
    return str(figure_rst(paths, source))
