"""Open a job: its tables, its learners, and all that can be checked before anything runs."""

from __future__ import annotations

from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.inference.named_costs import costs_in_order
from causal_dask.jobs.each.each_job import each_job
from causal_dask.jobs.job import Job
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.make_learners import make_learners
from causal_dask.jobs.tables.open_table import Table, new_rows_table, training_table
from causal_dask.jobs.try_models import try_models
from causal_dask.reports.answers import OF_SCORES


def open_job(file: JobFile) -> Job:
    """Open a job's tables and make its learners; raises if they cannot be used."""
    table, others = training_table(file), file.contents.estimate.other_rows
    rows, n_variants = table, len(table.description.arms)
    if others is not None:
        where = file.where("estimate", "cate")
        rows = new_rows_table(file, table.features, others, where, table.kinds)
    _check_store(file)
    learners = make_learners(file, table)
    _check_costs(file, table, next(iter(learners.values())).control)
    _check_average_effects(file, learners, n_variants)
    _check_scores(file, learners, n_variants)
    _check_for_whom(file, learners)
    try_models(file, table)
    job = Job(file, table, rows, learners)
    return job if file.contents.data.each is None else each_job(job)


def _check_store(file: JobFile) -> None:
    """Raise if the store is a file: nothing could be resumed."""
    store = file.store
    if store is not None and store.exists() and not store.is_dir():
        raise file.wrong(("store",), f"{store} is a file. Name a folder.")


def _check_costs(file: JobFile, table: Table, control: Any) -> None:
    """Raise if there is not a cost for each treatment: that would show after all fits."""
    costs, labels = file.contents.estimate.costs, [label for label, _ in table.description.arms]
    own = labels[0] if control is None else control
    treatments = [label for label in labels if label != own]
    if isinstance(costs, list) and len(costs) != len(treatments):
        raise file.wrong(
            ("estimate", "costs"),
            f"{len(costs)} costs for {len(treatments)} treatments: give one for each, or a number.",
        )
    if not isinstance(costs, dict):
        return
    try:
        costs_in_order(costs, (own, *treatments))
    except InvalidInput as error:
        raise file.wrong(
            ("estimate", "costs"),
            f"there are costs of {list(costs)}, and the treatments are {treatments}: name each of "
            "these once, and not control.",
        ) from error


def _check_average_effects(
    file: JobFile, learners: dict[str, MetaLearner], n_variants: int
) -> None:
    """Raise if a learner has no average effect, where the job asks for nothing else."""
    if file.contents.estimate.has_effects:
        return
    for position, learner in enumerate(learners.values()):
        kind = file.contents.learners[position].kind
        if not learner.declaration.has_score(n_variants):
            raise file.wrong(
                ("learners", position),
                f"{kind} estimates no average effects of {n_variants} variants, and 'cate: none' "
                "in 'estimate' asks for nothing else. Use DR, or remove 'cate'.",
            )
        if not learner.keep_models:
            raise file.wrong(
                ("learners", position, "parameters", "keep_models"),
                "without its models a learner keeps effects of single rows, which 'cate: none' in "
                "'estimate' leaves out. Remove either.",
            )


def _check_scores(file: JobFile, learners: dict[str, MetaLearner], n_variants: int) -> None:
    """Raise if no learner has the scores that every question asked is answered by."""
    said = file.contents.estimate
    asked = "for_whom" if said.for_whom else "sensitivity"
    # candidates of a choice are judged by nuisances that all have in common
    if not (said.for_whom or said.sensitivity) or file.contents.choose is not None:
        return
    if not any(learner.declaration.has_score(n_variants) for learner in learners.values()):
        raise file.wrong(
            ("estimate", asked),
            f"this is estimated from scores, and none of the learners {', '.join(learners)} has "
            f"the outcomes and propensities that they are made of. Add DR to 'learners', or "
            f"remove '{asked}'.",
        )


def _check_for_whom(file: JobFile, learners: dict[str, MetaLearner]) -> None:
    """Raise if effects cannot be judged fold after fold: that would show after all fits."""
    asked = file.contents.estimate.for_whom
    needy = next((name for name in asked if name not in OF_SCORES), None)
    if needy is None:
        return
    folds = file.contents.folds
    for name, learner in learners.items():
        has_effect_models = any(not step.is_nuisance for step in learner.declaration.models)
        least = 3 if has_effect_models else 2
        if folds < least:
            raise file.wrong(
                ("estimate", "for_whom"),
                f"{needy} of the learner {name} needs folds: {least} or more, as effects "
                f"are judged fold after fold, and there are {folds}. Set folds to {least} or more, "
                "or remove the question.",
            )
