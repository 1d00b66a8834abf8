"""Which fits wait for which, and what is not made unless it is asked for."""

import dask
import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from causal_dask import metalearner_factory
from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import evaluations
from causal_dask.graph.node import data
from causal_dask.graph.walk import calls, visit
from causal_dask.study.study import Base, NewRows, Split, Study, Training
from causal_dask.tasks.models import BaseModel
from tests.catalogue import LEARNERS as CATALOGUE
from tests.catalogue import ONE_STAGE, learner_of, name_of

N_FOLDS = 5
ROWS = np.arange(60)
NEW = NewRows(data(np.ones((3, 2)), "X"))

LEARNERS = [name_of(cls) for cls in CATALOGUE]


def compiler_of(name, values=0.0, **changes):
    learner = metalearner_factory(name).declaration
    split = Split(data(ROWS % N_FOLDS, "folds"), N_FOLDS)
    given = {
        "X": data(np.stack([ROWS, ROWS + values], axis=1), "X"),
        "y": data(ROWS + values, "y"),
        "w": data(ROWS // N_FOLDS % 3, "w"),
        "n_variants": 3,
        "n_classes": 0,
        "bases": {s.name: Base(BaseModel(None, s.role), s.role, wants_seed=True)
                  for s in learner.models},
        "splits": dict.fromkeys((step.name for step in learner.models), split),
        "options": {"clipping_threshold": 0.01, "adaptive_clipping": False},
        "seed": 0,
    }  # fmt: skip
    return Compiler(learner, Study(**given | changes))


def fits_below(compiler, source):
    """The labels of the fits that a node needs, itself left out, less the learner's name."""
    found = (
        compiler.notes[fit.key].label for fit in calls([source], "fit") if fit.key != source.key
    )
    return {str(label).partition(", ")[2] for label in found}


def treatment_fit(compiler, without, name="treatment_model"):
    return compiler.fit(compiler.learner.step(name), 1, () if without is None else (without,))


@pytest.mark.parametrize("fold", range(N_FOLDS))
def test_the_second_stage_without_a_fold_of_dr_waits_for_the_first_stage_of_the_other_folds_only(
    fold,
):
    compiler = compiler_of("DR")
    found = fits_below(compiler, treatment_fit(compiler, fold))
    kinds = ("propensity_model", "variant_outcome_model, variant 0",
             "variant_outcome_model, variant 1")  # fmt: skip
    others = [k for k in range(N_FOLDS) if k != fold]
    assert found == {f"{kind}, fold {k}" for kind in kinds for k in others}
    assert len(found) == 12


@pytest.mark.parametrize(
    ("name", "kind", "n_kinds"),
    [("X", "treatment_effect_model", 1), ("X", "control_effect_model", 1),
     ("R", "treatment_model", 2), ("RA", "treatment_model", 2)],
)  # fmt: skip
def test_the_second_stage_without_a_fold_waits_for_what_its_pseudo_outcome_reads(
    name, kind, n_kinds
):
    compiler = compiler_of(name)
    found = fits_below(compiler, treatment_fit(compiler, 2, kind))
    assert len(found) == n_kinds * (N_FOLDS - 1)
    assert not any(label.endswith(("fold 2", "all rows")) for label in found)


@pytest.mark.parametrize("name", LEARNERS)
def test_overall_fits_are_on_nobodys_path_but_that_of_predictions_for_new_rows(name):
    compiler = compiler_of(name)
    inside = [*answers.fits(compiler), answers.effects(compiler, Training())]
    if compiler.learner.outcome is not None:
        inside.append(answers.outcomes(compiler, Training()))
    paths = set().union(*(fits_below(compiler, source) for source in inside))
    assert not any(label.endswith("all rows") for label in paths)
    outside = fits_below(compiler, answers.effects(compiler, NEW))
    assert any(label.endswith("all rows") for label in outside)


@pytest.mark.parametrize("name", [name_of(cls) for cls in ONE_STAGE])
def test_new_rows_are_predicted_by_overall_fits_alone_where_there_is_one_stage(name):
    compiler = compiler_of(name)
    found = fits_below(compiler, answers.effects(compiler, NEW))
    assert found
    assert all(label.endswith("all rows") for label in found)


def test_the_mean_over_folds_asks_every_folds_models_and_no_overall_one():
    compiler = compiler_of("T")
    rows = NewRows(NEW.X, method="mean")
    found = fits_below(compiler, answers.effects(compiler, rows))
    assert len(found) == 3 * N_FOLDS
    assert not any(label.endswith("all rows") for label in found)


def test_effects_of_t_need_no_propensities_and_those_of_x_do():
    asked = [(c, answers.effects(c, NEW)) for c in map(compiler_of, ("T", "X"))]
    t, x = ({label.partition(",")[0] for label in fits_below(*pair)} for pair in asked)
    assert t == {"variant_outcome_model"}
    assert "propensity_model" in x


def test_outcomes_of_dr_need_neither_propensities_nor_treatment_models():
    compiler = compiler_of("DR")
    found = fits_below(compiler, answers.outcomes(compiler, Training()))
    assert {label.partition(",")[0] for label in found} == {"variant_outcome_model"}


def test_asking_for_effects_of_one_contrast_does_not_make_the_others_models():
    compiler = compiler_of("DR")
    found = fits_below(compiler, compiler.value(compiler.learner.effect, 1, NEW))
    assert not any("variant 2" in label for label in found)


def test_own_splits_wait_for_all_folds_of_the_first_stage():
    kinds = ("propensity_model", "variant_outcome_model", "treatment_model")
    splits = {
        kind: Split(data(np.roll(ROWS % N_FOLDS, shift), "folds"), N_FOLDS)
        for shift, kind in enumerate(kinds)
    }
    compiler = compiler_of("DR", splits=splits)
    assert len(fits_below(compiler, treatment_fit(compiler, 0))) == 3 * N_FOLDS


def test_with_one_fold_there_is_an_overall_fit_only():
    split = Split(data(np.zeros(60, dtype=int), "folds"), 1)
    compiler = compiler_of("T", splits={"variant_outcome_model": split})
    labels = [str(compiler.notes[made.key].label) for made in answers.fits(compiler)]
    assert labels == [f"T-learner, variant_outcome_model, variant {k}, all rows" for k in range(3)]


def seeds_of(name, **changes):
    compiler = compiler_of(name, **changes)
    return {
        str(compiler.notes[made.key].label).partition(", ")[2]: made.constants["recipe"].seed
        for made in answers.fits(compiler)
    }


def test_seeds_differ_by_kind_variant_and_fold():
    seeds = seeds_of("DR")
    assert len(set(seeds.values())) == len(seeds) == 36


def test_equal_fits_of_different_learners_have_equal_seeds_and_keys():
    dr, t, x = seeds_of("DR"), seeds_of("T"), seeds_of("X")
    assert t.items() <= dr.items()
    assert {label for label in dr if not label.startswith("treatment")} <= x.keys()
    keys = [{made.key for made in answers.fits(compiler_of(name))} for name in ("T", "DR", "X")]
    assert keys[0] <= keys[1] & keys[2]


def test_seeds_do_not_depend_on_data():
    assert seeds_of("DR") == seeds_of("DR", values=0.5)
    assert seeds_of("DR") != seeds_of("DR", seed=1)


def test_a_model_that_has_its_own_seed_is_given_none():
    bases = {"variant_outcome_model": Base(BaseModel(None, "m"), "m", wants_seed=False)}
    assert set(seeds_of("T", bases=bases).values()) == {None}


def test_labels_say_who_a_node_is_for_and_the_first_learner_to_ask_names_it():
    compiler = compiler_of("DR")
    made = treatment_fit(compiler, None)
    assert str(compiler.notes[made.key].label) == "DR-learner, treatment_model, variant 1, all rows"


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_question_gives_the_same_node(name):
    one, other = compiler_of(name), compiler_of(name)
    asked = [answers.effects(compiler, Training()) for compiler in (one, one, other)]
    assert len({source.key for source in asked}) == 1
    assert list(visit([asked[0]])) == list(visit([asked[2]]))


def test_five_learners_together_fit_ninety_models_not_one_hundred_and_thirty_eight():
    fits = [answers.fits(compiler_of(name)) for name in ("S", "T", "X", "R", "DR")]
    assert sum(map(len, fits)) == 138
    assert len({made.key for learner in fits for made in learner}) == 90


def test_a_seed_reaches_the_model_and_pandas_and_numpy_get_the_same_one():
    learner = metalearner_factory("T")(
        nuisance_model_factory=DecisionTreeRegressor, n_folds=2, random_state=0
    )
    X, y, w = np.random.default_rng(0).normal(size=(60, 2)), ROWS.astype(float), ROWS % 2
    fitted = dask.compute(learner.plan(X, y, w), learner.plan(X + 1, y, w))
    seeds = [
        sorted(m.random_state for m in made._fitted.results.values() if hasattr(m, "fit"))
        for made in fitted
    ]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 6


def test_clipped_rows_are_counted_for_learners_that_clip_and_no_others():
    counted = {name: len(answers.clipped_rows(compiler_of(name))) for name in LEARNERS}
    assert counted == {name_of(cls): cls.declaration.has_propensities for cls in CATALOGUE}
    assert counted | {"S": 0, "T": 0, "X": 1, "R": 1, "DR": 1, "RA": 0} == counted


def test_evaluations_are_named_as_in_metalearners():
    names = {name: [e.name for e in evaluations(compiler_of(name), range(3))] for name in LEARNERS}
    assert names["S"] == ["base_model"]
    assert names["DR"] == [
        "propensity_model", "variant_outcome_model_0", "variant_outcome_model_1",
        "variant_outcome_model_2", "treatment_model_1_vs_0", "treatment_model_2_vs_0",
    ]  # fmt: skip
    assert names["R"][:3] == ["propensity_model", "outcome_model_1_vs_0", "outcome_model_2_vs_0"]


def test_models_with_threads_of_the_users_are_listed_by_the_keys_of_their_fits():
    plain = Base(BaseModel(None, "m"), "m", wants_seed=False)
    threaded = Base(BaseModel(None, "m"), "m", wants_seed=False, jobs=(("n_jobs", 2),))
    bases = {"propensity_model": plain, "variant_outcome_model": threaded, "treatment_model": plain}
    compiler = compiler_of("DR", bases=bases)
    answers.fits(compiler)
    threads = {key: note.threads.arguments for key, note in compiler.notes.items()}
    jobs = {key: arguments["jobs"] for key, arguments in threads.items() if arguments}
    assert set(jobs.values()) == {(("n_jobs", 2),)}
    assert {compiler.notes[key].label.group for key in jobs} == {
        f"DR-learner, variant_outcome_model, variant {k}" for k in range(3)
    }


def test_a_logistic_and_a_linear_model_make_a_plan_without_running_anything():
    learner = learner_of(n_folds=2, random_state=None)
    plan = learner.plan(ROWS[:, None].astype(float), np.sin(ROWS), ROWS % 2)
    assert len(calls(plan.outputs, "fit")) == 12
