"""Every contradiction in a declaration is told before anything is compiled from it."""

import gc
from dataclasses import replace

import pytest

from causal_dask import DeclarationError, MetaLearner, TLearner, metalearner_factory
from causal_dask.spec import Formula, Learner, Model, Ref, control, every, formula, treated
from causal_dask.spec.check import checked, problems
from tests.catalogue import LEARNERS

OUTCOME = Model("outcome", role="outcome", target="y", per="variant", rows="variant")


def difference(treated, control):
    return treated - control


def halved(value):
    return value / 2


EFFECT = formula("effect", difference, treated=treated("outcome"), control=control("outcome"))
GOOD = Learner("Good", (OUTCOME, EFFECT), effect=Ref("effect"), outcome=Ref("outcome"))


def with_step(*steps):
    return replace(GOOD, steps=(*GOOD.steps, *steps))


@pytest.mark.parametrize("cls", LEARNERS)
def test_the_declarations_of_the_catalogue_have_no_problems(cls):
    assert list(problems(cls.declaration)) == []


def test_a_declaration_without_problems_is_given_back():
    assert checked(GOOD) is GOOD


EFFECT_MODEL = Model("cate", role="effect", target="y", per="contrast", rows="contrast")

WRONG = {
    "a model of the variant": (
        with_step(Model("odd", role="outcome", target="variant")),
        "model 'odd' cannot be fitted to 'variant', which is a number.",
    ),
    "one model of a value that differs by variant": (
        with_step(Model("odd", role="effect", target="effect")),
        "model 'odd' is fitted once, but 'effect' differs by variant.",
    ),
    "an answer from control's model of a contrast": (
        replace(with_step(EFFECT_MODEL), effect=control("cate")),
        "the learner reads 'cate' of control, but it has a model per contrast only.",
    ),
    "a formula of control's model of a contrast": (
        with_step(EFFECT_MODEL, formula("half", halved, value=control("cate"))),
        "formula 'half' reads 'cate' of control, but it has a model per contrast only.",
    ),
    "a step's name taken twice": (
        with_step(EFFECT),
        "the name 'effect' is taken; give each step a name of its own.",
    ),
    "the name of an input": (
        with_step(formula("y", halved, value="outcome")),
        "the name 'y' is taken; give each step a name of its own.",
    ),
    "the name of the variant": (
        with_step(formula("variant", halved, value="outcome")),
        "the name 'variant' is taken; give each step a name of its own.",
    ),
    "a formula that reads a later step": (
        replace(GOOD, steps=(EFFECT, OUTCOME)),
        "formula 'effect' reads 'outcome', which no earlier step gives.",
    ),
    "a formula that reads itself": (
        with_step(formula("half", halved, value="half")),
        "formula 'half' reads 'half', which no earlier step gives.",
    ),
    "a model of an unknown target": (
        with_step(Model("m", "effect", target="gain", per="contrast")),
        "model 'm' reads 'gain', which no earlier step gives.",
    ),
    "a model of unknown weights": (
        with_step(Model("m", "effect", target="effect", per="contrast", weight="heft")),
        "model 'm' reads 'heft', which no earlier step gives.",
    ),
    "an unknown answer": (
        replace(GOOD, effect=Ref("cate")),
        "the learner reads 'cate', which no earlier step gives.",
    ),
    "an unknown outcome": (
        replace(GOOD, outcome=Ref("mu")),
        "the learner reads 'mu', which no earlier step gives.",
    ),
    "an unknown score": (
        replace(GOOD, score=Ref("aipw")),
        "the learner reads 'aipw', which no earlier step gives.",
    ),
    "an unknown loss": (
        replace(GOOD, losses=("r_loss",)),
        "the learner reads 'r_loss', which no earlier step gives.",
    ),
    "an input at a variant": (
        with_step(formula("half", halved, value=control("y"))),
        "formula 'half' reads 'y' at 'control', but it is the same for all variants.",
    ),
    "the variant at every contrast": (
        with_step(formula("half", halved, value=every("variant"))),
        "formula 'half' reads 'variant' at 'every', but it is the same for all variants.",
    ),
    "one model of some rows": (
        with_step(Model("m", "outcome", target="y", rows="variant")),
        "model 'm' is fitted once, so its rows must be 'all', not 'variant'.",
    ),
    "a model of a contrast's rows for each variant": (
        with_step(Model("m", "outcome", target="y", per="variant", rows="contrast")),
        "model 'm' trains on 'contrast' rows and must be one per contrast.",
    ),
    "a model of control rows for each variant": (
        with_step(Model("m", "outcome", target="y", per="variant", rows="control")),
        "model 'm' trains on 'control' rows and must be one per contrast.",
    ),
    "a formula that is passed too much": (
        with_step(formula("half", halved, value="outcome", other="y")),
        "formula 'half' passes ['other', 'value'] to halved, which takes ['value'].",
    ),
    "a formula that is passed too little": (
        with_step(Formula("half", halved, ())),
        "formula 'half' passes [] to halved, which takes ['value'].",
    ),
    "a formula with an option that it does not take": (
        with_step(formula("half", halved, ("bound",), value="outcome")),
        "formula 'half' passes ['bound', 'value'] to halved, which takes ['value'].",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_contradiction_is_told_in_full(case):
    declaration, message = WRONG[case]
    with pytest.raises(DeclarationError) as raised:
        checked(declaration)
    assert str(raised.value) == f"Good-learner: {message}"


def test_all_problems_of_a_declaration_can_be_listed():
    declaration = with_step(EFFECT, Model("m", "effect", target="gain", rows="control"))
    assert list(problems(declaration)) == [
        "the name 'effect' is taken; give each step a name of its own.",
        "model 'm' reads 'gain', which no earlier step gives.",
        "model 'm' is fitted once, so its rows must be 'all', not 'control'.",
        "model 'm' trains on 'control' rows and must be one per contrast.",
    ]


def test_a_class_of_learners_is_checked_when_it_is_made():
    with pytest.raises(DeclarationError, match=r"^Good-learner: the learner reads 'cate'"):
        type("Wrong", (TLearner,), {}, declaration=replace(GOOD, effect=Ref("cate")))


def test_a_learner_of_the_users_own_takes_no_place_in_the_catalogue():
    own = type("Own", (MetaLearner,), {}, declaration=replace(GOOD, name="T"))
    is_the_catalogues = metalearner_factory("T") is not own
    del own
    gc.collect()
    assert is_the_catalogues


def test_a_bare_name_in_a_formula_means_the_same_variant():
    reads = formula("half", halved, value="outcome").reads
    assert reads == (("value", Ref("outcome", "same")),)


def test_a_learner_tells_its_models_formulas_and_options_apart():
    declaration = metalearner_factory("DR").declaration
    assert [step.name for step in declaration.models] == [
        "propensity_model", "variant_outcome_model", "treatment_model",
    ]  # fmt: skip
    assert [step.name for step in declaration.formulas] == ["aipw_score", "pseudo_outcome"]
    assert declaration.options == ("clipping_threshold", "adaptive_clipping")


def test_an_unknown_step_is_answered_with_those_there_are():
    message = "Good-learner has no step 'tau'; it has: outcome, effect."
    with pytest.raises(DeclarationError, match=message):
        GOOD.step("tau")


def test_a_score_for_two_variants_only_is_not_had_for_three():
    assert [metalearner_factory("R").declaration.has_score(n) for n in (2, 3)] == [True, False]
    assert [metalearner_factory("DR").declaration.has_score(n) for n in (2, 3)] == [True, True]
    assert not GOOD.has_score(2)


def test_only_models_of_one_variants_rows_need_every_class_in_each_variant():
    expected = {"S": False, "T": True, "X": True, "R": False, "DR": True, "RA": True}
    needs = {
        name: metalearner_factory(name).declaration.compares_classes_within_variants
        for name in expected
    }
    assert needs == expected
