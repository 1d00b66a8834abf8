"""The plan of each learner, as stored text: a changed graph shows in the diff of tests/graphs."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from causal_dask import metalearner_factory
from causal_dask.graph.label import Label
from causal_dask.graph.node import data, node
from causal_dask.plans.draw import as_dot, as_svg, as_text
from tests.catalogue import LEARNERS as CATALOGUE
from tests.catalogue import learner_of, name_of

GRAPHS = Path(__file__).parent.parent / "graphs"

LEARNERS = [name_of(cls) for cls in CATALOGUE]

W = np.arange(60) % 3
X, Y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60.0)


def plan_of(name, n_folds=2):
    return learner_of(metalearner_factory(name), n_folds=n_folds).plan(X, Y, W)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_plan_for_three_variants_and_two_folds_is_the_stored_one(name, stored):
    plan = plan_of(name)
    drawn = as_text(plan.nodes, plan.labels)
    assert drawn == stored(GRAPHS / f"{name.lower()}.txt", drawn)


@pytest.mark.parametrize("name", LEARNERS)
def test_every_node_of_a_plan_but_its_inputs_has_a_label(name):
    plan = plan_of(name)
    inputs = {key for key in plan.nodes if key.partition("-")[0] in {"X", "y", "w", "folds"}}
    assert plan.nodes.keys() - plan.labels.keys() == inputs


@pytest.mark.parametrize("name", LEARNERS)
def test_the_picture_of_ten_folds_is_xml_of_as_many_boxes_as_that_of_two(name):
    small, large = (plan_of(name, n_folds) for n_folds in (2, 10))
    pictures = [ET.fromstring(as_svg(p.nodes, p.labels)) for p in (small, large)]  # noqa: S314
    boxes = [len(picture.findall("{*}rect")) for picture in pictures]
    assert boxes[0] == boxes[1] < 40
    assert len(as_svg(large.nodes, large.labels)) < 30_000


def test_boxes_of_a_picture_do_not_cover_each_other_and_lie_within_it():
    plan = plan_of("DR", n_folds=10)
    picture = ET.fromstring(as_svg(plan.nodes, plan.labels))  # noqa: S314
    _, *boxes = ({k: float(v) for k, v in rect.items() if k in {"x", "y", "width", "height"}}
                 for rect in picture.findall("{*}rect"))  # fmt: skip
    columns = [[box for box in boxes if box["x"] == x] for x in {box["x"] for box in boxes}]
    for column in columns:
        tops = sorted(box["y"] for box in column)
        assert all(below - above >= column[0]["height"] for above, below in pairwise(tops))
    assert max(box["x"] + box["width"] for box in boxes) <= float(picture.get("width"))


A = data(1, "A")
LOAD = node(np.add, {"x1": A, "x2": data(2, "B")})
FITS = [node(np.multiply, {"x1": LOAD}, x2=number) for number in (1, 2)]
NODES = {made.key: made for made in (A, LOAD, *FITS)}
LABELS = {made.key: Label('model "m" <1>', f"fold {k}") for k, made in enumerate(FITS)}


def test_the_styles_of_a_picture_do_not_reach_the_page_around_it():
    picture = ET.fromstring(as_svg(NODES, LABELS))  # noqa: S314
    rules = [rule for rule in picture.find("{*}style").text.split("}") if rule]
    assert all(rule.startswith(f".{picture.get('class')} ") for rule in rules)


def test_text_has_a_line_per_node_with_the_numbers_of_what_it_reads():
    assert as_text(NODES, LABELS).splitlines() == [
        "   0 A                  ",
        "   1 add                 <- 0",
        '   2 multiply           model "m" <1>, fold 0 <- 1',
        '   3 multiply           model "m" <1>, fold 1 <- 1',
    ]


def test_dot_has_a_box_per_group_and_an_arrow_per_read():
    assert as_dot(NODES, LABELS).splitlines() == [
        "digraph plan {",
        "  rankdir=LR; node [shape=box];",
        '  0 [label="add\\nfrom A, B"];',
        "  1 [label=\"multiply × 2\\nmodel 'm' <1>\"];",
        "  0 -> 1;",
        "}",
    ]


def test_labels_are_escaped_in_the_picture():
    picture = ET.fromstring(as_svg(NODES, LABELS))  # noqa: S314
    texts = [text.text for text in picture.findall("{*}text")]
    assert texts[-2:] == ["multiply × 2", 'model "m" <1>']


def test_a_plan_of_nothing_is_drawn_as_nothing():
    assert as_text({}, {}) == ""
    assert ET.fromstring(as_svg({}, {})) is not None  # noqa: S314
