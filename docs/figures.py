"""Takes the figures that examples save in ``out/`` into the gallery."""  # noqa: INP001 - Sphinx imports it

import shutil
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst


def saved_figures(block: tuple[str, str, int], variables: Any, gallery: Any) -> str:
    """The figures that an example has saved since its last block, as reST."""
    del block
    out = Path(variables["src_file"]).parent / "out"
    saved = sorted(out.glob("*.png"))
    shown = [next(variables["image_path_iterator"]) for _ in saved]
    for figure, path in zip(saved, shown, strict=True):
        shutil.move(figure, path)
    shutil.rmtree(out, ignore_errors=True)
    return str(figure_rst(shown, gallery["src_dir"]))
