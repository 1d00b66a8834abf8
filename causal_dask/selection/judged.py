"""Candidates run beside each other and judged alike: the table of their losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.compile.assemble import join_plans
from causal_dask.errors import CausalDaskError, ModelFailed
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.formulas.comparisons import Losses, root_mean_losses
from causal_dask.formulas.losses import dr_errors, r_errors
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan
from causal_dask.runtime.run import run
from causal_dask.selection.choice import Choice
from causal_dask.selection.contest import Contest, Entry, Result, Truth
from causal_dask.selection.judge import judge_of
from causal_dask.tasks.rows import Array

Entries = dict[str, Entry | CausalDaskError]
"""The plan of each candidate, or why it cannot be made."""

LOSSES = {"r_loss": r_errors, "dr_loss": dr_errors}


def judged(learners: Mapping[str, MetaLearner], contest: Contest, loss: str, caps: Caps) -> Choice:
    """The losses of some candidates, as one graph; those that fail are rows of the table."""
    entries = entries_of(learners, contest)
    plan = plan_contest(contest, entries, caps)
    found = run(plan)
    results = {
        name: _with_finite_effects(each.result(found))
        if isinstance(each, Entry)
        else Result((), 0.0, str(each))
        for name, each in entries.items()
    }
    effects = {name: each.found[0] for name, each in results.items() if each.error is None}
    if not effects:
        raise ModelFailed(f"All candidates failed. The first: {next(iter(results.values())).error}")
    truth = _truth(contest, found, [learners[name] for name in effects], caps)
    losses = losses_of(list(effects.values()), truth, loss)
    table = _table(results, list(effects), losses)
    best = str(table.index[0])
    return Choice(table, best, None, dict(learners), effects, loss, plan.count("fit"), losses)


def plan_contest(contest: Contest, entries: Entries, caps: Caps) -> Plan:
    """The graph of all candidates and their judge; raises if no candidate has one."""
    plans = [entry.plan for entry in entries.values() if isinstance(entry, Entry)]
    if not plans:
        raise next(each for each in entries.values() if not isinstance(each, Entry))
    return join_plans([*plans, contest.judging.plan], caps)


def _truth(
    contest: Contest, found: Mapping[str, Any], sound: Sequence[MetaLearner], caps: Caps
) -> Truth:
    """What effects are judged by; without the models of failed candidates if the judge has failed.

    ``sound`` are the candidates that have not failed.
    """
    result = contest.judging.result(found)
    if result.error is not None and contest.is_own_judge:
        contest = replace(contest, judge=judge_of(sound, None))
        result = contest.judging.result(run(join_plans([contest.judging.plan], caps)))
    if result.error is not None:
        raise ModelFailed(
            "The nuisances that judge the candidates, which are theirs unless a learner is passed "
            f"as 'nuisances', failed: {result.error}"
        )
    return contest.truth(result)


def losses_of(effects: Sequence[Array], truth: Truth, loss: str) -> Losses:
    """The losses of some candidates' effects."""
    errors = np.array([
        np.column_stack([
            LOSSES[loss](truth.y, truth.w, k, each[:, k - 1], truth.by(k))
            for k in range(1, truth.outcomes.shape[1])
        ])
        for each in effects
    ])  # fmt: skip
    return root_mean_losses(errors, truth.weights, truth.groups)


def entries_of(learners: Mapping[str, MetaLearner], contest: Contest) -> Entries:
    """The plan of each candidate, or why it cannot be made."""
    found: Entries = {}
    for name, learner in learners.items():
        try:
            found[name] = contest.entry(learner)
        except CausalDaskError as error:
            found[name] = error
    return found


def _with_finite_effects(result: Result) -> Result:
    """The result, which has failed if effects are no finite numbers."""
    if result.error is None and not np.isfinite(result.found[0]).all():
        return Result((), result.seconds, "Some of its effects are no finite numbers.")
    return result


def _table(results: Mapping[str, Result], judged: Sequence[str], losses: Losses) -> pd.DataFrame:
    """A row for each candidate, the best first and the failed last."""
    best = int(np.argmin(losses.loss))
    difference, error = losses.differences_to(best)
    columns = {
        "loss": losses.loss, "std_error": losses.errors, "difference": difference,
        "difference_error": error, "in_one_std_error": difference <= error,
    }  # fmt: skip
    table = pd.DataFrame(columns, index=pd.Index(judged, name="candidate"))
    table = table.reindex(pd.Index(list(results), name="candidate"))
    table["in_one_std_error"] = table["in_one_std_error"].eq(True)
    table["seconds"] = [each.seconds for each in results.values()]
    table["error"] = [each.error for each in results.values()]
    return table.sort_values("loss", kind="stable", na_position="last")
