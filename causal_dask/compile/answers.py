"""The questions a learner can be asked, as nodes. One page for all learners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from causal_dask.compile.compiler import Compiler
from causal_dask.compile.stacks import Mixture
from causal_dask.declared import name_of
from causal_dask.formulas.propensities import contrast_share, n_outside, n_shares_outside
from causal_dask.formulas.repeats import combined_repeats
from causal_dask.graph.node import Node, Source, node
from causal_dask.graph.walk import calls
from causal_dask.spec.learner import Learner, Model, Ref
from causal_dask.study.study import Held, NewRows, Training
from causal_dask.tasks.answers import stack_effects, stack_outcomes, stack_scores
from causal_dask.tasks.models import fit, predict

Rows = Training | NewRows


def owners(compiler: Compiler, step: Model) -> tuple[int | None, ...]:
    """The owners of a model kind's models in a study."""
    return step.owners(compiler.study.n_variants)


def fits(compiler: Compiler, steps: Iterable[Model] | None = None) -> list[Source]:
    """Every fit of the given models, or of all: without each fold, and on all rows."""
    return [
        compiler.fit(step, own, without)
        for step in (compiler.learner.models if steps is None else steps)
        if step.name not in compiler.study.known_values
        for own in owners(compiler, step)
        if (step.name, own) not in compiler.study.cross_fits
        for without in folds_left_out(compiler, step)
    ]


def kept_results(compiler: Compiler) -> list[Source]:
    """What a fitted learner keeps: its fits, and the predictions that they or its scores read."""
    study = compiler.study
    roots = [*fits(compiler), *clipped_rows(compiler), *weights_of_stacks(compiler)]
    has_scores = study.cross_fitted and compiler.learner.has_score(study.n_variants)
    read = [*roots, scores(compiler, Training())] if has_scores else roots
    drawn = [study.weight] if isinstance(study.weight, Node) else []
    return [*roots, *drawn, *calls(read, name_of(fit), name_of(predict))]


def kept_nuisances(compiler: Compiler) -> list[Source]:
    """What a first-stage fit keeps: its fits, and the predictions that scores of them read."""
    first_stage = fits(compiler, [step for step in compiler.learner.models if step.is_nuisance])
    roots = [*first_stage, *clipped_rows(compiler), *weights_of_stacks(compiler)]
    if compiler.study.cross_fitted and compiler.learner.has_score(compiler.study.n_variants):
        scored = scores(compiler, Training())
        needed = {made.key for made in calls([scored], name_of(fit))}
        # Scores of a second-stage model (X-learner) cannot be made of the first stage alone.
        if needed <= {made.key for made in first_stage}:
            return [*roots, *calls([scored], name_of(predict))]
    return roots


def kept_estimates(compiler: Compiler) -> list[Source]:
    """What a fitted learner keeps that lets its models go: estimates for the training rows."""
    asked = (effects, outcomes) if compiler.learner.outcome else (effects,)
    estimates: list[Source] = [answer(compiler, Training()) for answer in asked]
    if propensity := compiler.learner.propensity:
        estimates.append(compiler.value(Ref(propensity), None, Training()))
    if compiler.learner.has_score(compiler.study.n_variants):
        estimates.append(scores(compiler, Training()))
    return [*estimates, *clipped_rows(compiler)]


def effects(compiler: Compiler, rows: Rows) -> Node:
    """The CATE of each contrast, (n, K - 1, outputs)."""
    study, ref = compiler.study, compiler.learner.effect
    parts = tuple(compiler.value(ref, k, rows) for k in study.contrasts)
    return node(stack_effects, {"effects": parts}, n_outputs=study.n_outputs)


def outcomes(compiler: Compiler, rows: Rows) -> Node:
    """The conditional average outcome of each variant, (n, K, outputs)."""
    study, ref = compiler.study, compiler.learner.outcome
    parts = tuple(compiler.value(ref, k, rows) for k in range(study.n_variants) if ref)
    return node(stack_outcomes, {"outcomes": parts}, n_outputs=study.n_outputs)


def scores(compiler: Compiler, rows: Rows) -> Node:
    """The AIPW score of each contrast, (n, K - 1)."""
    ref = compiler.learner.score
    parts = tuple(compiler.value(ref, k, rows) for k in compiler.study.contrasts if ref)
    return node(stack_scores, {"scores": parts})


def combine(compilers: Sequence[Compiler], estimates: Sequence[Source], aggregation: str) -> Source:
    """The median or mean of what the repeats of the cross-fitting estimate."""
    if len(estimates) == 1:
        return estimates[0]
    made = node(combined_repeats, {"estimates": tuple(estimates)}, aggregation=aggregation)
    compilers[0].notes[made.key] = compilers[0].noter.answer(f"{aggregation} of repeats")
    return made


def stack_weights(compiler: Compiler) -> dict[tuple[str, int | None], Source]:
    """The weights of the candidates of each stack, by its name and the owner of its models."""
    study = compiler.study
    return {
        (step.name, own): made
        for step in compiler.learner.stacks
        for own in step.owners(study.n_variants)
        if (made := Mixture(step, study, compiler.value, compiler.value).weights(own)) is not None
    }


def weights_of_stacks(compiler: Compiler) -> list[Source]:
    """All weights of stacks that predictions read; if nested, those of each fold are its own."""
    study = compiler.study
    folds = study.shared.numbers if study.nested else ()
    held = (
        Mixture(step, study, compiler.value, compiler.value).weights_at(own, Held(k))
        for step in compiler.learner.stacks
        for own in step.owners(study.n_variants)
        for k in folds
    )
    return [*stack_weights(compiler).values(), *(made for made in held if made is not None)]


def prediction(compiler: Compiler, step: Model, own: int | None, rows: Rows) -> Source:
    """What the models of one kind and variant predict."""
    return compiler.value(Ref(step.name), own, rows)


def clipped_rows(compiler: Compiler) -> list[Source]:
    """The number of training rows in which something is clipped; nothing if that never happens.

    Rows with a clipped share have a clipped propensity too, so shares count where they are alone.
    """
    option, propensity = "clipping_threshold", compiler.learner.propensity
    if option not in compiler.learner.options or not propensity:
        return []
    reads = {"propensities": compiler.value(Ref(propensity), None, Training())}
    parts = clips_propensities(compiler.learner, compiler.study.n_variants)
    count = n_outside if parts else n_shares_outside
    made = node(count, reads, **{option: compiler.study.options[option]})
    compiler.notes[made.key] = compiler.noter.answer("clipped rows")
    return [made]


def clips_propensities(learner: Learner, n_variants: int) -> bool:
    """Whether a learner divides by propensities themselves, not by shares of contrasts only."""
    shares = (step.compute is contrast_share for step in learner.formulas)
    return learner.has_score(n_variants) or not any(shares)


def folds_left_out(compiler: Compiler, step: Model) -> list[tuple[int, ...]]:
    """The folds that each fit of a model leaves out; ``()`` is the fit on all rows."""
    n_folds = compiler.study.splits[step.name].n_folds
    singles = [(k,) for k in range(n_folds if n_folds > 1 else 0)]
    return [*singles, *([()] if compiler.study.overall else [])]
