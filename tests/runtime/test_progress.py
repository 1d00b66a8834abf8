"""Progress counts fits by stage on every scheduler, guesses the time left, and can be off."""

import logging
import sys

import dask
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import ModelFailed
from causal_dask.runtime import displays, progress
from causal_dask.runtime.displays import Bar, Line, LogLines, Progress, display_here
from tests.catalogue import learner_of

HALF_WAY = Progress({"nuisance": (9, 12), "treatment": (0, 4)}, 60.0, 30.0)
DONE = Progress({"nuisance": (12, 12), "treatment": (4, 4)}, 100.0, 0.0)


@pytest.fixture
def lines(caplog, monkeypatch):
    """What is logged of progress, from the start and often."""
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(LogLines, "every", 0.005)
    caplog.set_level(logging.INFO, logger="causal_dask.progress")
    return lambda: [record.getMessage() for record in caplog.records]


def fit(marked, **options):
    learner = learner_of(keep_models=options.pop("keep_models", True))
    return learner.fit(*marked, **options)


@pytest.mark.parametrize("keep_models", [True, False])
def test_fits_are_counted_by_stage_until_all_are_done(scheduler, keep_models, lines, marked):
    with scheduler():
        fit(marked, keep_models=keep_models)
    counts = "nuisance 12/12, treatment 4/4" if keep_models else "nuisance 9/9, treatment 3/3"
    assert lines()[-1].startswith(f"{counts}, ")
    assert lines()[-1].endswith(" s in all")


def test_predictions_have_no_progress(lines, marked):
    learner = fit(marked)
    before = lines()
    learner.predict(marked[0] + 1)
    assert lines() == before


def test_one_switch_turns_it_off(lines, marked):
    with dask.config.set({"causal_dask.progress": False}):
        fit(marked)
    assert lines() == []


def test_a_quick_fit_shows_nothing(lines, marked, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 60.0)
    fit(marked)
    assert lines() == []


def test_what_a_store_has_is_no_measure_of_the_time_left(lines, marked, tmp_path):
    fit(marked, store=tmp_path)
    plan = fit(marked).plan(*marked, store=tmp_path)
    fits = progress._fits(plan)
    assert len(fits) == 16
    assert {each.seconds for each in fits.values()} == {0.0}


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (HALF_WAY, "nuisance 9/12, treatment 0/4, about 30 s left"),
        (DONE, "nuisance 12/12, treatment 4/4, 2 min in all"),
        (Progress({"": (0, 4)}, 1.0, None), "fits 0/4"),
        (Progress({"": (1, 4)}, 3600.0, 3 * 3600.0), "fits 1/4, about 3.0 h left"),
        (Progress({"": (2, 4)}, 9.0, 9.0, failed=1), "fits 2/4, 1 failed, about 9 s left"),
    ],
)
def test_a_standing_in_words(standing, words):
    assert str(standing) == words


@pytest.mark.parametrize("kind", [Line, Bar])
def test_a_display_shows_counts_and_time(kind, capsys):
    display = kind()
    display.show(HALF_WAY)
    display.show(DONE)
    display.close()
    shown = "".join(capsys.readouterr())
    assert "12/12" in shown
    assert "2 min in all" in shown


def test_a_terminal_has_a_bar_or_a_line_and_anything_else_a_log(monkeypatch):
    assert isinstance(display_here(), LogLines)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert isinstance(display_here(), Bar)
    monkeypatch.setattr(displays.importlib.util, "find_spec", lambda _: None)
    assert isinstance(display_here(), Line)


def test_a_notebook_has_a_bar(monkeypatch):
    monkeypatch.setattr(displays, "_in_notebook", lambda: True)
    assert isinstance(display_here(), Bar)


def test_failures_are_counted_while_a_plan_runs(scheduler, lines, marked):
    class Fails(LinearRegression):
        def fit(self, X, y):
            raise ValueError((X.shape, y.shape))

    learner = learner_of(treatment_model_factory=Fails)
    with scheduler(), pytest.raises(ModelFailed):
        learner.fit(*marked)
    assert ", 4 failed, " in lines()[-1]


def test_a_worker_only_logs(client, monkeypatch):
    assert client.submit(lambda: type(display_here()).__name__).result(timeout=60) == "LogLines"
