"""The pages' code runs, their links lead somewhere, and every public name is on the API page."""

import doctest
import re
import warnings
from pathlib import Path

import pytest

import causal_dask
import causal_dask.datasets
import causal_dask.errors
import causal_dask.models
import causal_dask.store
import causal_dask.studies

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
CODE = [page for page in PAGES if page.parent != ROOT and ">>> " in page.read_text("utf-8")]
"""The README's code is part of pytest's own run."""

API = ROOT / "docs" / "api.md"

IN_DOCTEST = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("page", CODE, ids=lambda page: page.name)
def test_the_code_of_a_page_runs_and_warns_of_nothing(page):
    with warnings.catch_warnings(action="error"):
        done = doctest.testfile(str(page), module_relative=False, optionflags=IN_DOCTEST)
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_to_files(page):
    linked = re.findall(r"\]\(((?!https?:|_build)[^)#]+)", page.read_text(encoding="utf-8"))
    assert [path for path in linked if not (page.parent / path).exists()] == []


def test_the_modules_that_the_page_about_the_architecture_names_exist():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+(?:\.py|/))`", page)
    homes = (ROOT / "causal_dask", ROOT)
    assert [path for path in named if not any((home / path).exists() for home in homes)] == []


def listed_on_the_api_page():
    """The names of the reference, which gives each a page, by the module they are imported from."""
    module, names = "", set()
    for line in API.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\.\. currentmodule:: ([\w.]+)", line):
            module = found[1]
        elif found := re.fullmatch(r"   (\w+)", line):
            names.add(f"{module}.{found[1]}")
    return names


@pytest.mark.parametrize(
    "package",
    [
        causal_dask,
        causal_dask.datasets,
        causal_dask.models,
        causal_dask.store,
        causal_dask.studies,
    ],
    ids=lambda p: p.__name__,
)
def test_every_public_name_is_on_the_api_page(package):
    public = {f"{package.__name__}.{name}" for name in package.__all__ if name[0] != "_"}
    assert public <= listed_on_the_api_page()


def test_every_error_and_warning_is_on_the_api_page():
    found = vars(causal_dask.errors).values()
    own = [each for each in found if isinstance(each, type) and "causal_dask" in each.__module__]
    raised = {each.__name__ for each in own if issubclass(each, Exception)}
    assert {f"causal_dask.{name}" for name in raised} <= listed_on_the_api_page()
