"""Numbers, lists and names of scores as people read them."""

import re
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from causal_dask.display import listed
from causal_dask.evaluation.overlap import OverlapReport
from causal_dask.reports.first_screen import light_of
from causal_dask.reports.numbers import cell, number
from causal_dask.reports.score_names import readable


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.123456, "0.1235"), (12_345.6, "12,346"), (2_000, "2,000"), (np.nan, "–"),
        (np.float64(-3), "-3"), (np.int64(7), "7"), (True, "yes"), ("low", "low"), (1e-7, "1e-07"),
    ],
)  # fmt: skip
def test_numbers_have_four_digits_or_all_of_a_whole_number(value, words):
    assert number(value) == words


def test_small_p_values_and_shares_are_shown_as_such():
    assert cell(1e-9, "adjusted_p_value") == "<0.001"
    assert cell(0.0123, "p_value") == "0.012"
    assert cell(0.25, "share_outside") == "25.0 %"


def test_lists_have_an_and_before_the_last():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a", "a and b", "a, b and c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("propensity_model_neg_log_loss", "Propensity model: log loss"),
        ("variant_outcome_model_0_neg_log_loss", "Outcome model, variant 0: log loss"),
        ("effect_1_vs_0_dr_loss", "Effects, 1 against 0: DR-loss"),
        ("effect_a_b_vs_0_r_loss", "Effects, a_b against 0: R-loss"),
        ("r_loss_1_vs_0", "R-loss of the learner, 1 against 0"),
        ("propensity_model_accuracy", "Propensity model: accuracy"),
        ("something_else", "something else"),
    ],
)
def test_scores_have_readable_names(name, words):
    assert readable(name) == words


@pytest.mark.parametrize(
    ("outside", "effective", "word"),
    [(0, 90, "good"), (1, 60, "good"), (2, 90, "fair"), (0, 40, "fair"), (11, 90, "poor"),
     (0, 26, "fair"), (0, 24, "poor")],
)  # fmt: skip
def test_the_worst_variant_decides_how_overlap_is_called(outside, effective, word):
    summary = pd.DataFrame(
        {"rows": [100, 100], "effective_rows": [100.0, effective], "outside": [0, outside]},
        index=[0, 1],
    )
    summary["share_outside"] = summary["outside"] / summary["rows"]
    quantiles = pd.DataFrame({"0%": [0.2, 0.1]})
    found = light_of(OverlapReport(summary, quantiles, (0.01, 0.99), (0, 1)))
    assert found.word == word
    assert f"at least {effective} % of each variant's rows" in found.sentence


def luminance(colour):
    """The relative luminance of a colour such as #1c2430 (WCAG 2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = np.array([int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)])
    linear = np.where(shares <= 0.03928, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", [0, 1, 2], ids=["light", "dark", "print"])
def test_words_and_marks_are_legible_in_each_mode(mode):
    css = (files("causal_dask.reports") / "templates" / "page.css").read_text(encoding="utf-8")
    roots = re.findall(r":root {.*?}", css, flags=re.DOTALL)
    sets = [dict(re.findall(r"--(\w+): (#\w+)", each)) for each in roots]
    assert len(sets) == 3
    colours = {**sets[0], **sets[mode]}
    for ground in ("paper", "wash"):
        for words in ("ink", "soft", "link"):
            assert contrast(colours[words], colours[ground]) >= 4.5
        for mark in ("c0", "c1", "c2", "c3", "green", "amber", "red"):
            assert contrast(colours[mark], colours[ground]) >= 3
