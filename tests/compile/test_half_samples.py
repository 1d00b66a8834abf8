"""Refits to random halves: which rows their models see, and that nothing else is asked of them."""

from typing import ClassVar

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, InvalidInput, TLearner
from causal_dask.compile import answers
from causal_dask.compile.assemble import Start
from causal_dask.compile.expansions.further import further_plan, run_now
from causal_dask.compile.expansions.half_samples import halves
from causal_dask.compile.strata import strata_of
from causal_dask.datasets import make_study
from causal_dask.graph.walk import calls
from causal_dask.tasks.half_samples import half_of_rows
from tests.catalogue import LEARNERS, learner_of

STUDY = make_study(300, random_state=0)
NEW = make_study(4, random_state=1).X


class Recording(LinearRegression):
    """Remembers how many rows each fit saw."""

    seen: ClassVar = []

    def fit(self, X, y, sample_weight=None):
        Recording.seen.append(X[:, 0].tolist())
        return super().fit(X, y, sample_weight)


def recorded(cls=TLearner, **given):
    learner = cls(nuisance_model_factory=Recording, n_folds=3, random_state=0)
    return learner.fit(STUDY.X, STUDY.y, STUDY.w, **given)


def test_the_models_of_a_half_see_the_same_half_of_the_rows():
    learner = recorded()
    Recording.seen.clear()
    with dask.config.set(scheduler="synchronous"):
        learner.effect_intervals(STUDY.X, NEW, n_draws=50)
    assert len(Recording.seen) == 100
    w = dict(zip(STUDY.X[:, 0].tolist(), STUDY.w.tolist(), strict=True))
    sizes = [len(rows) for rows in Recording.seen]
    of_variant = [np.sum(k == STUDY.w) for k in (0, 1)]
    for rows, size in zip(Recording.seen, sizes, strict=True):
        variants = {w[x] for x in rows}
        assert len(variants) == 1
        assert abs(size - of_variant[variants.pop()] / 2) <= 3
    counts = np.bincount([list(w).index(x) for rows in Recording.seen for x in rows])
    assert counts.min() > 10  # of 50
    assert counts.max() < 40


def test_by_hand_a_half_is_a_fit_to_its_rows():
    """The DR-learner of a draw equals one that is fitted to the rows of the draw with its folds."""
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    state = learner._fitted
    (draw,) = halves(state.repeats(state.target(STUDY.X, None)), 1, None)
    folds_node = draw.study.shared.folds
    rows = state.target(NEW, True).rows
    effects = answers.effects(draw, rows)
    found = run_now(further_plan([draw], [folds_node, effects], dict, Start()))
    folds = found[folds_node.key]
    kept = folds < 3
    assert abs(kept.sum() - 150) <= 3
    alone = learner_of().fit(STUDY.X[kept], STUDY.y[kept], STUDY.w[kept], cv=folds[kept])
    np.testing.assert_allclose(found[effects.key], alone.predict(NEW), atol=1e-9)


@pytest.mark.parametrize(
    ("cls", "synchronize"), [*((cls, True) for cls in LEARNERS), (DRLearner, False)]
)
def test_every_learner_has_intervals(cls, synchronize):
    learner = learner_of(cls).fit(STUDY.X, STUDY.y, STUDY.w, synchronize_cross_fitting=synchronize)
    plan = learner.plan_effect_intervals(STUDY.X, NEW, 50)
    assert len(calls(plan.outputs, "fit")) % 50 < len(learner._fitted.results)
    found = learner.effect_intervals(STUDY.X, NEW, 50)
    np.testing.assert_allclose(found.estimate, learner.predict(NEW))
    assert (found.standard_error > 0).all()


def test_groups_stay_together():
    groups = np.repeat(np.arange(60), 5)
    learner = recorded(groups=groups)
    Recording.seen.clear()
    with dask.config.set(scheduler="synchronous"):
        learner.effect_intervals(STUDY.X, NEW, n_draws=50)
    group_of = dict(zip(STUDY.X[:, 0].tolist(), groups.tolist(), strict=True))
    sizes = {(g, k): np.sum((groups == g) & (STUDY.w == k)) for g in range(60) for k in (0, 1)}
    w = dict(zip(STUDY.X[:, 0].tolist(), STUDY.w.tolist(), strict=True))
    for rows in Recording.seen:
        variant = w[rows[0]]
        counts = np.bincount([group_of[x] for x in rows], minlength=60)
        assert all(n in (0, sizes[g, variant]) for g, n in enumerate(counts))


def test_errors_of_linear_models_are_those_of_least_squares():
    study, new = make_study(1_000, n_features=2, random_state=2), np.array([[0.0, 0.0], [1, -1]])
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    found = learner.fit(study.X, study.y, study.w).effect_intervals(study.X, new, n_draws=400)
    variance = np.zeros((3, 3))
    for k in (0, 1):
        rows = study.w == k
        design = np.column_stack([np.ones(rows.sum()), study.X[rows]])
        off = study.y[rows] - design @ np.linalg.lstsq(design, study.y[rows], rcond=None)[0]
        inverse = np.linalg.inv(design.T @ design)
        variance += inverse @ (design.T * off**2) @ design @ inverse
    at = np.column_stack([np.ones(2), new])
    expected = np.sqrt(np.einsum("ij,jk,ik->i", at, variance, at))
    np.testing.assert_allclose(found.standard_error[:, 0, 0], expected, rtol=0.1)


def test_the_scheduler_changes_nothing_and_the_seed_does():
    found = []
    for seed, scheduler in ((0, "synchronous"), (0, "threads"), (1, "threads")):
        with dask.config.set(scheduler=scheduler):
            learner = learner_of(TLearner, random_state=seed).fit(STUDY.X, STUDY.y, STUDY.w)
            found.append(learner.effect_intervals(STUDY.X, NEW, 50).standard_error)
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[1] != found[2]).all()


def test_with_a_store_nothing_is_fitted_twice(tmp_path):
    learner = recorded()
    first = learner.effect_intervals(STUDY.X, NEW, 60, store=tmp_path)
    Recording.seen.clear()
    with dask.config.set(scheduler="synchronous"):
        again = learner.effect_intervals(STUDY.X, NEW, 60, store=tmp_path)
        assert not Recording.seen
        learner.effect_intervals(STUDY.X, NEW, 70, store=tmp_path)  # draws are a sequence
    assert len(Recording.seen) == 20
    np.testing.assert_array_equal(first.standard_error, again.standard_error)


def test_the_plan_tells_its_cost_before():
    learner = learner_of(n_folds=5).fit(STUDY.X, STUDY.y, STUDY.w)
    plan = learner.plan_effect_intervals(STUDY.X, NEW, 100)
    assert "1,600 are fits of 4 models" in str(plan.describe())  # 5 folds x 3 nuisances, and one


def test_computing_the_plan_gives_the_intervals():
    learner = learner_of(TLearner).fit(STUDY.X, STUDY.y, STUDY.w)
    found = learner.plan_effect_intervals(STUDY.X, NEW, 50).compute()
    again = learner.effect_intervals(STUDY.X, NEW, 50)
    np.testing.assert_array_equal(found.standard_error, again.standard_error)


def test_classes_have_errors_of_their_own():
    y = (STUDY.y > np.median(STUDY.y)).astype(int)
    learner = TLearner(nuisance_model_factory=LogisticRegression, n_folds=2, random_state=0)
    found = learner.fit(STUDY.X, y, STUDY.w).effect_intervals(STUDY.X, NEW, 50)
    assert found.interval().shape == (4, 1, 2, 2)
    np.testing.assert_allclose(found.standard_error[..., 0], found.standard_error[..., 1])


def test_what_cannot_be_is_refused():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="n_draws"):
        learner.effect_intervals(STUDY.X, NEW, 10)
    with pytest.raises(InvalidInput, match="not the training data"):
        learner.effect_intervals(NEW, NEW)
    known = learner_of().fit(STUDY.X, STUDY.y, STUDY.w, propensities=np.full(300, 0.5))
    with pytest.raises(InvalidInput, match="propensities of each row"):
        known.effect_intervals(STUDY.X, NEW)
    without = learner_of(enable_overall=False).fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="overall"):
        without.effect_intervals(STUDY.X, NEW)


def test_a_row_that_is_alone_in_its_stratum_is_in_half_of_the_halves():
    drawn = np.array([half_of_rows(np.arange(40), seed) for seed in range(200)])
    assert (np.abs(drawn.mean(axis=0) - 0.5) < 0.15).all()
    pairs = np.array([half_of_rows(np.arange(40) // 2, seed) for seed in range(20)])
    assert (pairs.reshape(20, 20, 2).sum(axis=2) == 1).all()


def test_all_draws_share_what_their_folds_may_be():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    state = learner._fitted
    draws = halves(state.repeats(state.target(STUDY.X, None)), 3, None)
    assert len({id(draw.study.shared.typical) for draw in draws}) == 1


def test_strata_tell_folds_and_variants_apart():
    learner = DRLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=3, random_state=0,
    ).fit(STUDY.X, STUDY.y, STUDY.w)  # fmt: skip
    study = learner._fitted.study
    strata = strata_of(study, study.w.value)
    pairs = set(zip(study.shared.values.tolist(), STUDY.w.tolist(), strict=True))
    assert len(np.unique(strata)) == len(pairs) == 6
