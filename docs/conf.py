"""Builds the site from Markdown and docstrings. Draws the plan that the pages show."""  # noqa: INP001 - Sphinx runs it

from pathlib import Path

from sklearn.linear_model import LogisticRegression, Ridge

import causal_dask
from causal_dask import DRLearner
from causal_dask.datasets import make_study

project = "causal-dask"
author = "the causal-dask developers"
release = version = causal_dask.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

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


draw_a_plan(Path(__file__).parent / "_build" / "drawn")
