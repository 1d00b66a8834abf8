"""What a fit keeps that is to answer some questions only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.declared import name_of
from causal_dask.errors import InvalidInput
from causal_dask.formulas.ensembles import ensemble_weights
from causal_dask.graph.node import Data, Source
from causal_dask.graph.walk import calls
from causal_dask.study.study import NewRows, Training
from causal_dask.tasks.models import fit, predict
from causal_dask.tasks.stacks import stack_weights

ATE, NEW_ROWS, TRAINING_ROWS, OUTCOMES = "ate", "new rows", "training rows", "outcomes"

ANSWERS = (ATE, NEW_ROWS, TRAINING_ROWS, OUTCOMES)
"""Average effects; effects of new rows and of the training rows; conditional average outcomes."""

Answers = frozenset[str]


def checked_answers(given: Any) -> Answers:
    """The questions that a fit is to answer: those named, or all."""
    if given is None:
        return frozenset(ANSWERS)
    named = {given} if isinstance(given, str) else given
    if not isinstance(named, Collection) or not named or not set(named) <= set(ANSWERS):
        raise InvalidInput(f"'answers' must be some of {list(ANSWERS)}. Got {given!r}.")
    return frozenset(named)


def kept_for(compiler: Compiler, asked: Answers) -> list[Source]:
    """What a fitted learner keeps to answer some questions: their fits, and what these read."""
    if asked == frozenset(ANSWERS):
        return answers.kept_results(compiler)
    roots, scored = _roots(compiler, asked), _scores(compiler, asked)
    names = (name_of(fit), name_of(stack_weights), name_of(ensemble_weights))
    kept = calls([*roots, *scored], *names)
    # rows are clipped where their cross-fitted propensities are asked for
    clipped = answers.clipped_rows(compiler) if asked & {ATE, TRAINING_ROWS} else []
    read = calls([*kept, *scored, *clipped], name_of(fit), name_of(predict))
    return [*kept, *clipped, *read]


def fits_needed(compilers: Sequence[Compiler]) -> dict[str, frozenset[str]]:
    """The keys of the fits that each question needs, of those that these learners can answer."""
    found = {}
    for answer in ANSWERS:
        with suppress(InvalidInput):
            kept = [made for c in compilers for made in kept_for(c, frozenset([answer]))]
            found[answer] = frozenset(made.key for made in calls(kept, name_of(fit)))
    return {answer: keys for answer, keys in found.items() if keys}


def _scores(compiler: Compiler, asked: Answers) -> list[Source]:
    """The scores of the training rows, if an average effect is asked for."""
    if ATE not in asked:
        return []
    study, learner = compiler.study, compiler.learner
    if not (study.cross_fitted and learner.has_score(study.n_variants)):
        raise InvalidInput(
            f"'answers' has {ATE!r}, and the {learner.name}-learner has no scores to average here. "
            "Leave it out, or use a DR- or X-learner with 2 folds or more."
        )
    return [answers.scores(compiler, Training())]


def _roots(compiler: Compiler, asked: Answers) -> list[Source]:
    """The effects and outcomes that are asked for; of new rows, those of any row."""
    study, learner = compiler.study, compiler.learner
    found: list[Source] = []
    if TRAINING_ROWS in asked:
        found.append(answers.effects(compiler, Training()))
    if OUTCOMES in asked and learner.outcome:
        found.append(answers.outcomes(compiler, Training()))
    # which covariates they are does not matter to the fits
    any_row = NewRows(Data(study.X.key, None), rows=(0, 1))
    if not study.predicts_new_rows:
        any_row = replace(any_row, method="mean")
    if NEW_ROWS in asked:
        found.append(answers.effects(compiler, any_row))
    if OUTCOMES in asked and learner.outcome:
        found.append(answers.outcomes(compiler, any_row))
    return found
