"""Results show themselves as sentences and rounded tables, in terminals and in notebooks."""

import dataclasses
import inspect
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import causal_dask
from causal_dask import ATEResult, EstimateTable
from causal_dask.display import MOST_ROWS, Shown, as_html, as_text, by_error, estimates

PUBLIC = [getattr(causal_dask, name) for name in causal_dask.__all__]
RESULTS = [each for each in PUBLIC if inspect.isclass(each) and dataclasses.is_dataclass(each)] + [
    causal_dask.studies.StudyResults,
    causal_dask.studies.Forecast,
]

TWO = ATEResult(
    np.array([1.23456, -20.0]), np.diag([0.0123**2, 0.25**2]), ("none", "<low>", "high")
)


class Words(HTMLParser):
    """The words of a page, and its tags."""

    def __init__(self, page):
        super().__init__()
        self.words, self.tags = [], []
        self.feed(page)

    def handle_data(self, data):
        self.words += data.split("\n")

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def table_of(errors):
    n = len(errors)
    names = pd.Index([f"row {k}" for k in range(n)])
    return EstimateTable(np.full(n, 2.0), np.diag(np.square(errors)), names, "Twos")


@pytest.mark.parametrize("cls", RESULTS, ids=lambda cls: cls.__name__)
def test_every_public_result_has_a_display_of_its_own(cls):
    assert "_repr_html_" in dir(cls)
    assert "dataclass" not in cls.__repr__.__qualname__
    assert "__create_fn__" not in cls.__repr__.__qualname__


def test_an_average_effect_prints_its_contrasts_and_stays_a_pair():
    estimate, error = TWO
    assert (estimate[0], error.round(4).tolist()) == (1.23456, [0.0123, 0.25])
    lines = repr(TWO).splitlines()
    assert lines[0] == "Average treatment effect (ATE)"
    assert lines[1].split() == ["estimate", "std.", "error", "95%", "interval", "p-value"]
    # 1.96 x 0.0123 = 0.0241 and 1.96 x 0.25 = 0.49 to each side
    assert lines[3].split() == ["<low>", "vs", "none", "1.2346", "0.0123", "[1.2105,", "1.2587]",
                                "<0.001"]  # fmt: skip
    assert lines[4].endswith("-20.0000     0.2500  [-20.4900, -19.5100]  <0.001")


def test_html_has_the_same_words_escaped_and_no_colours():
    page = Words(TWO._repr_html_())
    assert "<low> vs none" in page.words
    assert {"-20.0000", "[1.2105, 1.2587]", "<0.001"} <= set(page.words)
    assert not any("color" in str(attributes) for _, attributes in page.tags)
    assert "color" not in TWO._repr_html_()


def test_an_effect_on_a_probability_says_of_what_and_in_whom():
    effect = dataclasses.replace(TWO, event="bought", estimand="ATT", df=12.0)
    assert repr(effect).splitlines()[0] == (
        "Average treatment effect on the probability of 'bought' in the treated (ATT)"
    )
    assert repr(effect).endswith("t-distribution with 12 degrees of freedom.")


@pytest.mark.parametrize(
    ("errors", "shown"),
    [
        ([0.0123, 0.123], ["2.0000", "2.0000"]),  # as many decimals in all rows, three digits
        ([0.000123, 1.23], ["2.000000", "2.00"]),  # unless the errors are far apart
        ([0.0, 0.123], ["2.000", "2.000"]),  # no error, no say
        ([0.0], ["2.0000"]),
        ([123.0], ["2"]),
    ],
)
def test_estimates_are_rounded_by_their_errors(errors, shown):
    assert estimates(table_of(errors).to_frame())["estimate"].tolist() == shown


def test_what_is_not_there_is_a_dash_and_whole_numbers_are_in_full():
    table = pd.DataFrame({"rows": [12_345, 7], "share": [0.123456, np.nan], "p_value": [0.5, 1e-9]})
    assert as_text([table.set_index(pd.Index(["a", "b"]))]).splitlines()[1:] == [
        "a  12,345  0.1235   0.500",
        "b       7       –  <0.001",
    ]


@pytest.mark.parametrize("value", [1e-12, 0.0, 123456.0, np.inf, True, None, pd.NA, "word"])
def test_any_value_can_be_shown(value):
    table = pd.DataFrame({"value": pd.Series([value], dtype=object, index=["row"])})
    words = {"1e-12", "0", "123,456", "inf", "True", "", "–", "word"}
    assert as_text([table]).splitlines()[-1].removeprefix("row").strip() in words


def test_long_tables_are_shown_without_their_middle():
    long = pd.DataFrame({"x": range(1000)}, index=pd.Index([f"r{k}" for k in range(1000)]))
    text, page = as_text([long]), as_html([long])
    assert len(text.splitlines()) <= MOST_ROWS + 2
    assert "r999" in text
    assert page.count("<tr") <= MOST_ROWS + 3


def test_text_of_several_lines_keeps_its_columns():
    class Rule(Shown):
        def _parts(self):
            return ["if x < 1:\n    give <a>", "A sentence."]

    assert repr(Rule()) == "if x < 1:\n    give <a>\n\nA sentence."
    assert Rule()._repr_html_() == (
        "<div><pre>if x &lt; 1:\n    give &lt;a&gt;</pre><p>A sentence.</p></div>"
    )


def test_numbers_have_as_many_decimals_as_show_the_digits_of_their_error():
    assert by_error([1.00699, 0.7759, 2.7], 0.118) == ["1.007", "0.776", "2.700"]
    assert by_error([1.00699, -0.1498], 0.118, 2) == ["1.01", "-0.15"]
    assert by_error([12_345.6], 900.0) == ["12,346"]
