"""Every example runs alone, without a warning, and ends in the number that its text predicts."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import warnings
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

LONGEST_STORY = 80

STARTS_PROCESSES = {"power_study"}
"""Examples whose processes import them anew, as those of a program that Python has started."""

PREDICTED = {
    "quit_smoking": lambda kilograms: 3.0 <= kilograms <= 3.6,
    "five_learners_one_graph": lambda together, alone: (together, alone) == (90, 138),
    "coming_from_metalearners": lambda error: error < 0.15,
    "variant_as_category": lambda furthest: furthest < 0.2,
    "a_model_that_fails": lambda failed, ran: (failed, ran) == (5, 6),
    "overlap": lambda clipped, quitters, before, after: (
        clipped == 0 and quitters > 300 and before == 0.28 and after < 0.1
    ),
    "models_as_instances": lambda tree, calibrated: 200 <= tree < 1000 and calibrated == 0,
    "reuse": lambda *found: found == (18, 6, 12, 0),
    "weights": lambda apart: apart < 1e-6,
    "villages": lambda ratio, moved: 2.0 <= ratio <= 2.7 and moved < 0.5,
    "repeats_and_nested": lambda share, nested, plain: share < 0.6 and (nested, plain) == (54, 24),
    "tables_and_labels": lambda columns, apart: (columns, apart) == (2, 0),
    "which_learner": lambda apart, last: apart <= 0.2 and last == 2,
    "average_effects": lambda wider, smaller, off: (
        1.10 <= wider <= 1.22 and smaller < 0.95 and off <= 2
    ),
    "for_whom": lambda apart, ranking, slope, differ: (
        apart > 4 and ranking > 0.05 and slope > 0.05 and differ == 0
    ),
    "campaign": lambda gain, errors, times: 0.25 <= gain <= 0.45 and errors > 2 and times > 1.5,
    "choosing": lambda share, chosen, mixed: share < 0.6 and chosen <= 1.25 and mixed <= 1.1,
    "power_study": lambda power: 0.8 <= power <= 1.0,
    "what_ran_when": lambda percent, shared: percent > 50 and shared == 18,
}


def run_by_python(folder, name):
    """Run a file of a folder; warnings are errors, and what is printed is in a file there."""
    with (folder / "printed").open("w") as printed:
        return subprocess.run(
            [sys.executable, "-W", "error", name], stdout=printed, stderr=subprocess.STDOUT,
            check=False, cwd=folder, timeout=300, env={**os.environ, "MPLBACKEND": "Agg"},
        ).returncode  # fmt: skip


def run_by_a_fork(folder, name):
    """The same in a fork of a process that has imported everything, which takes seconds."""
    process = get_context("forkserver").Process(target=in_the_fork, args=(folder, name))
    process.start()
    process.join(timeout=300)
    return process.exitcode


def in_the_fork(folder, name):
    """Run a file where neither the repository nor its tests can be imported."""
    os.chdir(folder)
    printed = os.open("printed", os.O_WRONLY | os.O_CREAT)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.environ["MPLBACKEND"] = "Agg"
    elsewhere = [path for path in sys.path if Path(path).resolve() != EXAMPLES.parent]
    sys.path[:], sys.argv[:] = [str(folder), *elsewhere], [name]
    warnings.resetwarnings()
    warnings.simplefilter("error")
    runpy.run_path(name, run_name="__main__")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs an example, once, as somebody does who has downloaded it alone into an empty folder."""

    @cache
    def once(name):
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(EXAMPLES / f"{name}.py", folder)
        run_alone = run_by_python if name in STARTS_PROCESSES else run_by_a_fork
        code = run_alone(folder, f"{name}.py")
        printed = (folder / "printed").read_text(encoding="utf-8")
        assert code == 0, printed
        return printed, folder

    return once


def numbers_found(output):
    """The numbers of the last line, after what was predicted."""
    _, found = re.split(r"(?:Got|Estimated): ", output.splitlines()[-1])
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", found)]


@pytest.mark.parametrize("name", PREDICTED)
def test_an_example_ends_in_what_it_predicts(name, run):
    output, _ = run(name)
    assert PREDICTED[name](*numbers_found(output)), output


def test_the_demo_shows_its_diagnostics(run):
    output, _ = run("quit_smoking")
    for shown in ("2.54", "95 % interval", "propensity", "effective", "36 fits instead of 54"):
        assert shown in output


def test_the_demo_draws_the_effects_and_the_plan(run):
    _, folder = run("quit_smoking")
    assert (folder / "out/cate.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "out/plan.svg").read_text(encoding="utf-8").startswith("<svg")


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == PREDICTED.keys()


@pytest.mark.parametrize("name", PREDICTED)
def test_an_example_is_short_and_has_cells(name):
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_STORY
    assert text.count("\n# %%\n# ") >= 2


@pytest.mark.parametrize("name", PREDICTED)
def test_an_example_draws_a_figure(name):
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert re.search(r"plt\.subplots\(|plot_\w+\(|\.plot\(", text)
