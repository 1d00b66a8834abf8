"""Builds the site: Markdown and docstrings as pages, examples that are run, figures drawn."""  # noqa: INP001 - Sphinx runs it

import shutil
import sys
from pathlib import Path

from docutils import nodes
from numpydoc.xref import DEFAULT_LINKS
from sklearn.linear_model import LogisticRegression, Ridge
from sphinx.application import Sphinx

import causal_dask
from causal_dask import DRLearner
from causal_dask.datasets import make_study

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for the modules beside this file

import api_pages  # noqa: E402 - from this folder
import checked  # noqa: E402
import diagrams  # noqa: E402
import drawings  # noqa: E402
import learner_studies  # noqa: E402
import measured  # noqa: E402
import other_sites  # noqa: E402
import page_figures  # noqa: E402

project = "causal-dask"
author = "the causal-dask developers"
release = version = causal_dask.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "sphinx_copybutton",
    "mathml",
    "section_pages",
    "name_links",
]
exclude_patterns = ["_build", "templates"]
templates_path = ["templates"]

suppress_warnings = ["config.cache"]  # functions in a context, which are not cached
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!causal_dask\b).*")]  # others' names have no pages here

intersphinx_mapping = other_sites.inventories(HERE / "_build" / "inventories")
intersphinx_disabled_reftypes = ["std:*"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autosummary_context = {
    "members_shown": api_pages.members,
    "is_learner": api_pages.is_learner,
    "learner_members": api_pages.learner_members,
}
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = {
    **{word: word for word in DEFAULT_LINKS},  # "int" and the like stay words
    **other_sites.names(),
    **api_pages.public_names(),
}
numpydoc_xref_ignore = "all"

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",  # all are run
    "ignore_pattern": r"examples/hpc",
    "within_subsection_order": "FileNameSortKey",
    "capture_repr": ("_repr_html_",),  # what a notebook shows as a table, not the names of axes
    "doc_module": ("causal_dask",),
    "reference_url": {"causal_dask": None},
    "backreferences_dir": "gallery/backreferences",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "run_stale_examples": True,  # the package may have changed where an example has not
    "min_reported_time": 3600,  # no times on the pages
    "write_computation_times": False,
}

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}
html_sidebars = {"index": []}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


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


def trim_code(app: Sphinx, document: nodes.document) -> None:
    """Take the empty line off the end of code, where doctests in Markdown need one."""
    del app
    for block in document.findall(nodes.literal_block):
        text = block.astext().rstrip("\n")
        if block.rawsource == block.astext():  # else it has parts, as an included program
            block.rawsource = text
            block[:] = [nodes.Text(text)]


def setup(app: Sphinx) -> None:
    """Have code trimmed on all pages."""
    app.connect("doctree-read", trim_code)


shutil.rmtree(HERE / "reference", ignore_errors=True)  # pages of names that are gone
draw_a_plan(HERE / "_build" / "drawn")
measured.write(HERE.parent / "tests" / "benchmarks" / "results", HERE / "_build" / "measured")
checked.write(HERE / "_build" / "measured")
learner_studies.write(HERE / "_build" / "measured")
drawings.write(HERE / "_build" / "drawn")
diagrams.write(HERE / "_build" / "drawn")
page_figures.write(HERE, HERE / "_build" / "figures")
