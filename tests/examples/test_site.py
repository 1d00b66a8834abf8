"""The site's frame: every page is in a section, names become links, and faults are found."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

import causal_dask
from causal_dask import DRLearner, MetaLearner

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
SECTIONS = {"start", "use", "trust", "scale"}

SOUND = '<img src="x.png" alt="A drawing"><p id="here"></p><a href="#here">Here</a>'


def module(name):
    """A module of the documentation, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def api_pages():
    return module("api_pages")


@pytest.fixture(scope="module")
def page_figures():
    return module("page_figures")


@pytest.fixture(scope="module")
def other_sites():
    return module("other_sites")


@pytest.fixture
def problems(api_pages, tmp_path):
    """What is wrong with a site of one page, apart from pages that it lacks."""

    def found(html):
        (tmp_path / "x.png").touch()
        (tmp_path / "index.html").write_text(html, encoding="utf-8")
        module("site_check").read.cache_clear()
        said = module("site_check").problems(tmp_path)
        return [line for line in said if "has no page" not in line]

    return found


def pages_of(section):
    """The pages that a section lists."""
    blocks = re.findall(r"```\{pages\}\n(.*?)```", PAGES[section], re.DOTALL)
    return [line.partition(": ")[0] for block in blocks for line in block.splitlines()]


def test_every_page_is_in_one_section():
    listed = [page for section in SECTIONS for page in pages_of(section)]
    assert len(listed) == len(set(listed))
    assert PAGES.keys() - {"index", "api"} - SECTIONS <= set(listed)


def test_the_sections_are_in_the_top_bar():
    tree = re.search(r"```\{toctree\}(.*?)```", PAGES["index"], re.DOTALL)[1]
    assert set(re.findall(r"^\w+$", tree, re.MULTILINE)) == SECTIONS | {"api"}


def test_every_figure_of_a_page_is_drawn(page_figures):
    shown = {name for text in PAGES.values() for name in page_figures.DRAWN.findall(text)}
    assert shown == page_figures.FIGURES.keys()


def test_every_page_of_text_has_a_figure():
    lists = {"bibliography", "checked_against", "glossary", "install", "performance"}
    of_text = {page for section in SECTIONS for page in pages_of(section)} & PAGES.keys()
    without = {page for page in of_text - lists if "![" not in PAGES[page]}
    assert len(of_text) > 20
    assert not without


def test_names_of_other_packages_are_where_their_inventories_say(other_sites):
    names = {name for written, name in other_sites.names().items() if written == name}
    assert len(names) > 50
    for name in names:
        module, _, last = name.rpartition(".")
        assert hasattr(importlib.import_module(module or "builtins"), last)
    for path in (DOCS / "inventories").glob("*.txt"):
        assert path.stem in other_sites.SITES
        uris = [line.split()[3] for line in path.read_text("utf-8").splitlines()]
        assert uris == [uri for uri in uris if uri.endswith("#$") and "$" not in uri[:-1]]


def test_names_of_other_packages_are_no_common_words_nor_ours(other_sites):
    names = other_sites.names()
    assert names["DataFrame"] == "pandas.DataFrame"
    assert names["dask.compute"] == "dask.compute"
    assert not {"compute", "set", "clone"} & names.keys()
    assert not names.keys() & module("api_pages").public_names().keys()


def test_every_image_of_a_page_has_a_text():
    images = [image for text in PAGES.values() for image in re.findall(r"!\[([^\]]*)\]\(", text)]
    assert images
    assert all(len(image) > 10 for image in images)


def test_a_figure_is_drawn_from_the_code_above_it(page_figures, monkeypatch):
    monkeypatch.setattr(page_figures, "FIGURES", {"one": lambda names: names["x"]})
    text = ">>> x = 1\n\n![one](_build/figures/one.svg)\n\n>>> x = 2\n"
    assert list(page_figures.drawings("page", text)) == [("one", 1)]


def test_a_figure_above_all_code_is_drawn_from_all_of_it(page_figures, monkeypatch):
    monkeypatch.setattr(page_figures, "FIGURES", {"one": lambda names: names["x"]})
    text = "![one](_build/figures/one.svg)\n\n>>> x = 1\n>>> x = 2\n"
    assert list(page_figures.drawings("page", text)) == [("one", 2)]


def test_code_that_gives_something_else_stops_the_build(page_figures):
    with pytest.raises(RuntimeError, match=r"(?s)page\.md does not give what it shows.*Got:.*2"):
        page_figures.run("page.md", ">>> 1 + 1\n3\n", {})


def test_a_figure_is_kept_until_its_page_changes(page_figures, monkeypatch, tmp_path):
    drawn = []

    def draw(names):
        drawn.append(names["x"])
        return plt.subplots()[1]

    monkeypatch.setattr(page_figures, "FIGURES", {"one": draw})
    (tmp_path / "page.md").write_text(">>> x = 1\n\n![one](_build/figures/one.svg)\n")
    for _ in range(2):
        page_figures.write(tmp_path, tmp_path / "figures")
    assert drawn == [1]
    assert "<svg" in (tmp_path / "figures" / "one.svg").read_text(encoding="utf-8")
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("DRLearner", "causal_dask.DRLearner"),
        ("causal_dask.DRLearner", "causal_dask.DRLearner"),
        ("plot_curve(curve)", "causal_dask.plot_curve"),
        ("make_study", "causal_dask.datasets.make_study"),
        ("learner.judged_effects(X)", "causal_dask.MetaLearner.judged_effects"),
        ("fit", None),
        ("y = DRLearner()", None),
    ],
)
def test_code_that_names_something_public_leads_to_its_page(api_pages, code, full):
    assert api_pages.target(code, api_pages.methods() | api_pages.public_names()) == full


def test_the_page_of_a_class_shows_members_that_there_are(api_pages):
    for full in api_pages.public_names().values():
        found = api_pages.object_of(full)
        if isinstance(found, type):
            assert [name for name in api_pages.members(full) if not hasattr(found, name)] == []


def test_a_learner_shows_only_what_the_base_class_does_not(api_pages):
    assert {"fit", "judged_effects"} <= set(api_pages.members("causal_dask.MetaLearner"))
    assert api_pages.members("causal_dask.DRLearner") == []
    assert api_pages.is_learner("causal_dask.DRLearner")
    assert not api_pages.is_learner("causal_dask.MetaLearner")
    assert issubclass(DRLearner, MetaLearner)


def test_a_sound_site_has_no_problem(problems):
    assert problems(SOUND) == []


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="gone.html">x</a>', "the link 'gone.html' leads nowhere"),
        ('<a href="#gone">x</a>', "the link '#gone' leads nowhere"),
        ('<script src="https://host/x.js"></script>', "asks another host for https://host/x.js"),
        ('<link rel="stylesheet" href="//host/x.css">', "asks another host for //host/x.css"),
        ('<img src="x.png">', "the image x.png has no text"),
    ],
)
def test_a_fault_of_the_site_is_found(problems, html, said):
    (found,) = problems(SOUND + html)
    assert said in found


def test_links_to_other_sites_are_no_fault(problems):
    assert problems(SOUND + '<a href="https://host/page">x</a>') == []


def test_a_style_sheet_that_asks_another_host_is_a_fault(problems, tmp_path):
    (tmp_path / "x.css").write_text("@import url('https://host/font.css');", encoding="utf-8")
    (found,) = problems(SOUND)
    assert "x.css: asks another host for https://host/font.css" in found


def test_public_names_without_a_page_are_found(api_pages, tmp_path):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "causal_dask.DRLearner.html").touch()
    names = ["causal_dask.DRLearner", "causal_dask.load"]
    found = list(module("site_check").without_page(tmp_path, names))
    assert found == ["causal_dask.load has no page; list it in docs/api.md"]
    assert set(names) < set(api_pages.public_names().values())
    assert len(api_pages.public_names()) > len(causal_dask.__all__)
