"""The two classic data sets arrive as published."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from causal_dask.datasets import load_lalonde, load_nhefs
from causal_dask.errors import MissingExtra


def crude_difference(data):
    return data.y[data.w == 1].mean() - data.y[data.w == 0].mean()


@pytest.mark.parity("Hernán & Robins (2020)", "NHEFS: the crude difference")
def test_nhefs_has_the_rows_and_the_crude_difference_of_the_textbook():
    data = load_nhefs()
    assert data.X.shape == (1566, 9)
    assert data.w.sum() == 403
    assert crude_difference(data) == pytest.approx(2.5406, abs=5e-5)


def test_real_data_are_shown_by_variant_in_a_few_lines():
    lines = repr(load_nhefs()).splitlines()
    assert lines[0].startswith("Data of 1,566 rows and 9 covariates: sex, race, age")
    assert [line.split()[:2] for line in lines[3:]] == [["0", "1,163"], ["1", "403"]]


def test_nhefs_confounders_are_numbers_and_codes_are_integers():
    X = load_nhefs().X
    assert X.columns.tolist() == [
        *["sex", "race", "age", "education", "smokeintensity"],
        *["smokeyrs", "exercise", "active", "wt71"],
    ]
    codes = X.select_dtypes("int64")
    assert {name: sorted(codes[name].unique().tolist()) for name in codes} == {
        "sex": [0, 1],
        "race": [0, 1],
        "education": [1, 2, 3, 4, 5],
        "exercise": [0, 1, 2],
        "active": [0, 1, 2],
    }
    assert not X.isna().any(axis=None)


def test_the_textbooks_design_has_dummies_and_squares():
    plain, design = load_nhefs().X, load_nhefs(squares=True).X
    assert design.shape == (1566, 18)
    assert (design.dtypes == np.float64).all()
    np.testing.assert_array_equal(design["age_squared"], plain["age"] ** 2)
    np.testing.assert_array_equal(design["education_5"], plain["education"] == 5)


def test_the_textbooks_design_has_full_rank_beside_an_intercept():
    design = load_nhefs(squares=True).X
    scaled = (design - design.mean()) / design.std()
    assert np.linalg.matrix_rank(scaled) == 18


@pytest.mark.parity(
    "Hernán & Robins (2020)",
    "NHEFS: the effect by regression, chapter 13",
    within="equal in the one decimal that is printed",
)
def test_regression_on_the_textbooks_design_gives_its_adjusted_effect():
    data = load_nhefs(squares=True)
    product = data.w * data.X["smokeintensity"]
    regressors = np.column_stack([np.ones(1566), data.w, product, data.X])
    beta = np.linalg.lstsq(regressors, data.y, rcond=None)[0]
    standardised = beta[1] + beta[2] * data.X["smokeintensity"].mean()
    # Chapter 13 of What If: 3.5 kg, printed with one decimal.
    assert round(standardised, 1) == 3.5


@pytest.mark.parity("Dehejia & Wahba (1999)", "LaLonde's data: the crude difference")
def test_lalonde_has_the_rows_and_the_crude_difference_of_dehejia_and_wahba():
    data = load_lalonde()
    assert data.X.shape == (445, 8)
    assert data.w.sum() == 185
    assert crude_difference(data) == pytest.approx(1794.34, abs=0.005)


def test_lalonde_covariates_are_numbers_without_gaps():
    X = load_lalonde().X
    assert (X.dtypes == np.float64).all()
    assert not X.isna().any(axis=None)
    assert set(X["black"]) == {0.0, 1.0}


@pytest.mark.parametrize("load", [load_nhefs, load_lalonde])
def test_types_are_those_that_learners_take(load):
    data = load()
    assert data.y.dtype == np.float64
    assert data.w.dtype == np.int64
    assert set(data.w) == {0, 1}


@pytest.mark.parametrize("load", [load_nhefs, load_lalonde])
def test_without_causaldata_the_error_says_what_to_install(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "causaldata", None)
    with pytest.raises(MissingExtra) as caught:
        load()
    assert str(caught.value) == (
        "This needs the package 'causaldata', which is not installed. "
        "Install it with: pip install 'causal-dask[datasets]'"
    )
