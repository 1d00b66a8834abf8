"""One note per node: what it does, is called, costs, and takes in threads; in no key."""

import re
from pathlib import Path

import pytest

import causal_dask
from causal_dask.graph.label import Label
from causal_dask.graph.note import Kind, Note, ThreadCounts, Threads, Work, join_notes
from tests.catalogue import LEARNERS, learner_of

PACKAGE = Path(causal_dask.__file__).parent


@pytest.mark.parametrize("cls", LEARNERS)
def test_fits_and_predictions_of_a_plan_are_known_by_their_notes(cls, three_variants):
    plan = learner_of(cls).plan(*three_variants)
    kinds = {key: note.kind for key, note in plan.notes.items()}
    for kind, name in ((Kind.FIT, "fit"), (Kind.PREDICTION, "predict")):
        of_kind = {key for key in plan.waiting if kinds.get(key) is kind}
        assert of_kind == {key for key in plan.waiting if plan.nodes[key].name == name}


@pytest.mark.parametrize("cls", LEARNERS)
def test_a_fit_on_all_rows_works_on_all_rows_of_its_variants(cls, three_variants):
    plan = learner_of(cls).plan(*three_variants)
    notes = [note for note in plan.notes.values() if note.kind is Kind.FIT]
    by_model = {}
    for note in notes:
        by_model.setdefault(note.label.group, []).append(note)
    for fits in by_model.values():
        (overall,) = (fit for fit in fits if fit.on_all_rows)
        assert overall.work.rows == max(fit.work.rows for fit in fits)


@pytest.fixture(scope="module")
def three_variants():
    from causal_dask.datasets import make_study  # noqa: PLC0415 - for this module only

    study = make_study(200, n_variants=3, random_state=0)
    return study.X, study.y, study.w


def test_the_first_graph_that_knows_a_node_says_what_it_is_called():
    one, other = Note(Label("one")), Note(Label("other"))
    assert join_notes([{"a": one}, {"a": other, "b": other}]) == {"a": one, "b": other}


def test_counts_of_threads_are_parameters_and_the_most_of_them_counts():
    counts = ThreadCounts((("x__n_jobs", 3), ("n_jobs", 2)))
    assert counts.most == 3
    assert ThreadCounts((("n_jobs", 3), ("nthread", -1))).most == -1
    assert ThreadCounts().most == 1
    assert counts.with_threads(4) == (("x__n_jobs", 4), ("n_jobs", 4))


def test_a_node_that_can_widen_is_told_of_more_threads_by_its_arguments():
    threads = Threads(can_widen=True, wide_arguments={"jobs": ThreadCounts((("n_jobs", 1),))})
    assert threads.widen(5) == {"jobs": (("n_jobs", 5),)}


def test_work_is_rows_and_seconds():
    assert Work(10, 0.5).rows == 10


@pytest.mark.parametrize("folder", ["graph", "plans", "runtime"])
def test_nodes_are_told_apart_by_their_notes_and_not_by_words(folder):
    words = re.compile(r'"fit-?"|"all rows"|\["jobs"\]|"jobs" in')
    found = [
        path.name
        for path in (PACKAGE / folder).glob("*.py")
        if words.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
