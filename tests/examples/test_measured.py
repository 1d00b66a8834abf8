"""The tables and figures of the benchmarks are made of their results."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MACHINE = {"processor": "an abacus", "cores": 2, "memory_gib": 1, "python": "3.11"}
RESULT = {
    "title": "Efficiency",
    "note": "A note.",
    "identity": ["family", "learner", "rows"],
    "measure": "ratio",
    "date": "2026-01-01",
    "machine": MACHINE | {"versions": {"us": "1"}},
    "rows": [
        {"family": "linear", "learner": "T", "rows": 1_000, "ratio": 1.23456, "goal": 2.0},
        {"family": "linear", "learner": "X", "rows": 1_000, "ratio": 0.5},
    ],
}


@pytest.fixture(scope="module")
def measured():
    """The module of the documentation, which is no package."""
    spec = importlib.util.spec_from_file_location("measured", ROOT / "docs" / "measured.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def page(measured, tmp_path):
    """The page made of one result."""
    (tmp_path / "efficiency.json").write_text(json.dumps(RESULT), encoding="utf-8")
    measured.write(tmp_path, tmp_path / "measured")
    return (tmp_path / "measured" / measured.PAGE).read_text(encoding="utf-8")


def test_a_row_is_shown_with_its_numbers_and_gaps(page):
    assert "| linear | T | 1,000 | 1.23 | 2 |" in page
    assert "| linear | X | 1,000 | 0.5 |  |" in page


def test_a_section_says_what_was_measured_and_where(page):
    assert "## Efficiency" in page
    assert "Measured on 2026-01-01: an abacus, 2 cores" in page


def test_a_figure_is_drawn_for_each_result(page, tmp_path):
    assert "(_build/measured/efficiency.svg)" in page
    assert "<svg" in (tmp_path / "measured" / "efficiency.svg").read_text(encoding="utf-8")


def test_a_page_of_nothing_says_so(measured, tmp_path):
    measured.write(tmp_path, tmp_path / "measured")
    page = (tmp_path / "measured" / measured.PAGE).read_text(encoding="utf-8")
    assert page == "Nothing has been measured yet.\n"


def test_every_result_on_file_is_shown(measured):
    on_file = {path.stem for path in (ROOT / "tests" / "benchmarks" / "results").glob("*.json")}
    told_elsewhere = {
        "nie_wager",
        "nie_wager_study",
        "choosing",
        "errors_of_choices",
        "coverage_at_the_edges",
        "coverage_of_estimands",
        "missed_confounder",
        "planted_moderators",
        "fault_runs",
        "killed_jobs",
        "heterogeneity",
        "coverage_of_heterogeneity",
    }  # of numbers and of faults, not of time and memory
    assert on_file - told_elsewhere <= set(measured.SHOWN)
