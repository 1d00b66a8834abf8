"""How a plan's numbers are shown: guesses have the digits of guesses."""

from dataclasses import replace

import pandas as pd

from causal_dask.plans.describe import Description

SECONDS = pd.DataFrame({"stage": ["nuisance"], "seconds": [1234.5678]}, index=["m"])
SCALING = pd.DataFrame({"seconds": [0.012345], "efficiency": [0.98765]}, index=[4])
GUESSED = Description(SECONDS, 1, 1, 0, 1, [], 12.345, 1234.5678, SCALING, 2, is_measured=False)


def test_guessed_seconds_have_two_digits():
    shown = str(GUESSED)
    assert "guessed 12 s of 1,200 s" in shown
    assert "1,200\n" in shown
    assert "0.012       0.99" in shown
    assert "345" not in shown


def test_measured_seconds_have_four():
    shown = str(replace(GUESSED, is_measured=True))
    assert "measured 12.3 s" in shown
    assert "1,235" in shown
