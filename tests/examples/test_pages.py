"""The pages' drawings and tables are made, and say what the code and the tests say."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.published import PUBLISHED
from tests.catalogue import LEARNERS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def module_of(monkeypatch):
    """``module_of(name)``: a module of the documentation, which is no package."""
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module


def text_of(page):
    return (DOCS / page).read_text(encoding="utf-8")


def test_each_learner_has_its_plan_drawn_beside_its_formulas(module_of, tmp_path):
    module_of("drawings").write(tmp_path)
    shown = re.findall(r"_build/drawn/(plan_\w+\.svg)\)", text_of("formulas.md"))
    assert sorted(shown) == sorted(path.name for path in tmp_path.glob("plan_*.svg"))
    assert len(shown) == len(LEARNERS)


def test_the_chooser_is_an_image_that_its_text_describes(module_of):
    drawings = module_of("drawings")
    image = ET.fromstring(drawings.chooser())  # noqa: S314 - our own
    assert image.find("{*}desc").text == drawings.in_words()
    (shown,) = re.findall(r"!\[A chooser\. ([^\]]*)\]", text_of("which_learner.md"))
    assert " ".join(shown.split()) == drawings.in_words()


def test_each_learner_is_in_the_table_that_says_when():
    rows = re.findall(r"^\| ([A-Z, ]+) \|", text_of("which_learner.md"), flags=re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    assert named == {cls.declaration.name for cls in LEARNERS}


def test_papers_that_the_new_pages_cite_are_in_the_bibliography():
    pages = ("formulas.md", "which_learner.md", "what_must_hold.md")
    text = "".join(map(text_of, pages))
    cited = re.findall(r"([A-ZÁ-Ž][\w-]+)(?: & [\w ]+| et al\.)? \(?((?:19|20)\d\d)\b", text)
    bibliography = text_of("bibliography.md")
    listed = re.findall(r"^- ([\w-]+)[^(]*\((\d{4})\)", bibliography, re.MULTILINE)
    assert len(set(cited)) > 5
    assert set(cited) <= set(listed)


MEANS = [("A", "S", 0.25, 0.2), ("A", "R", 0.1, 0.111)]
RATIOS = {"ratio": 1.021, "nine_tenths": 1.225}


@pytest.fixture
def results(tmp_path, module_of):
    """A folder of results: two learners in one setup, every way of choosing alike."""
    means = [
        {"setup": setup, "learner": learner, "published": published, "mean": mean}
        for setup, learner, published, mean in MEANS
    ]
    studies = module_of("learner_studies")
    rows = [{"studies": s, "by": by} | RATIOS for s in studies.STUDIES for by in studies.WAYS]
    kept = {"nie_wager": {"n_seeds": 40, "means": means}, "choosing": {"rows": rows}}
    for name, result in kept.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    return tmp_path


def test_tables_of_studies_are_made_of_the_results(module_of, results, tmp_path):
    studies = module_of("learner_studies")
    studies.write(tmp_path / "made", results)
    page = (tmp_path / "made" / studies.PAGE).read_text(encoding="utf-8")
    assert f"| A: {studies.SETUPS['A']} | 0.20 | **0.11** |" in page
    assert "| chosen by the R-loss | 1.02 (1.23) |" in page


COMPARING = """
import numpy as np, pytest
TIGHT = {"rtol": 0, "atol": 1e-8}

@pytest.mark.parity("Them", "an effect")
@pytest.mark.parametrize("k", [1])
def test_one(k):
    agree(k, 1)

def agree(found, expected):
    np.testing.assert_allclose(found, expected, **TIGHT)
    assert found == pytest.approx(expected, rel=1e-9)

@pytest.mark.parity("a paper", "a number", within="two standard errors")
def test_other():
    assert 1 < 2

def test_of_ours():
    np.testing.assert_array_equal(1, 1)
"""


def test_tolerances_are_read_from_the_tests_and_what_they_call(module_of, tmp_path):
    (tmp_path / "test_them.py").write_text(COMPARING, encoding="utf-8")
    paper, them = module_of("checked").collect(tmp_path)
    assert (them.whom, them.what) == ("Them", "an effect")
    assert them.within == "1e-8; 1e-9 relative"
    assert paper.within == "two standard errors"
    assert them.test == f"{tmp_path.name}/test_them.py::test_one"


def test_each_comparison_of_this_package_says_how_close_it_is(module_of):
    checked = module_of("checked")
    found = checked.collect(checked.TESTS)
    assert {"DoubleML", "EconML", "metalearners", "grf", "plain NumPy"} <= {e.whom for e in found}
    assert [each.test for each in found if not each.within] == []


def test_the_page_of_comparisons_has_the_published_simulations(module_of, tmp_path):
    checked = module_of("checked")
    checked.write(tmp_path)
    page = (tmp_path / checked.PAGE).read_text(encoding="utf-8")
    for setup, errors in PUBLISHED.items():
        assert all(
            f"| {setup} | {learner} | {error:g} |" in page for learner, error in errors.items()
        )
    assert "| `test_doubleml.py` |" in page


def test_every_task_of_the_list_takes_three_lines_at_most():
    tasks = re.split(r"^## \d+\. ", text_of("tasks.md"), flags=re.MULTILINE)[1:]
    first = [re.search(r"```python\n(.*?)```", task, re.DOTALL).group(1) for task in tasks]
    lines = [sum(line.startswith((">>>", "...")) for line in block.splitlines()) for block in first]
    assert len(lines) == 12
    assert max(lines) <= 3


def test_the_page_on_installing_lists_the_requirements_and_the_extras():
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = text_of("install.md")
    others = [each for each in project["dependencies"] if not each.startswith("xgboost")]
    assert [each for each in others if f"'{each}'" not in page] == []
    extras = set(project["optional-dependencies"]) - {"test", "docs", "lint"}
    assert extras <= set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
