"""Builds the site from Markdown and docstrings, runs the examples, draws the plan that is shown."""  # noqa: INP001 - Sphinx runs it

import sys
from pathlib import Path

from sklearn.linear_model import LogisticRegression, Ridge

import causal_dask
from causal_dask import DRLearner
from causal_dask.datasets import make_study

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for figures.py, which the gallery imports by name, and measured.py

import measured  # noqa: E402 - from this folder

project = "causal-dask"
author = "the causal-dask developers"
release = version = causal_dask.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build/html", "_build/drawn", "_build/measured"]

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "_build/gallery",
    "filename_pattern": r"\.py$",  # all are run
    "ignore_pattern": r"report\.py$",  # what quit_smoking.py imports
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("figures.saved_figures",),
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "run_stale_examples": True,  # the package may have changed where an example has not
    "min_reported_time": 3600,  # no times on the pages
    "write_computation_times": False,
}

html_theme = "alabaster"
html_theme_options = {
    "description": "Metalearners compiled into one Dask task graph",
    "page_width": "1240px",
    "sidebar_width": "240px",
}


def draw_a_plan(folder: Path) -> None:
    """The plan of a DR-learner, as the pages show it: always that of this version."""
    study = make_study(500, random_state=0)
    learner = DRLearner(
        nuisance_model_factory=Ridge,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge,
        n_folds=5,
        random_state=0,
    )
    folder.mkdir(parents=True, exist_ok=True)
    learner.plan(study.X, study.y, study.w).visualize(folder / "plan.svg")


draw_a_plan(HERE / "_build" / "drawn")
measured.write(HERE.parent / "tests" / "benchmarks" / "results", HERE / "_build" / "measured")
