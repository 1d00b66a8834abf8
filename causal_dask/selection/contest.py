"""Effects of many candidates on rows that none has seen, from one graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone

from causal_dask.compile import answers
from causal_dask.compile.assemble import Start, plan_of, with_timings
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.stacks import with_stacks_of
from causal_dask.errors import InvalidInput, ModelFailed, TrainingRows, warn
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.fitted import Fitted
from causal_dask.fitted.timings import names_of, record_runs
from causal_dask.graph.node import Data, Source
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import failures_in, raise_failures
from causal_dask.runtime.results import value_of
from causal_dask.runtime.task import Care
from causal_dask.spec.learner import EffectStack, Learner, Ref
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given, Prepared
from causal_dask.study.study import Training
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Ground:
    """What candidates are fitted to, and where they are judged: new rows, or in nested folds."""

    training: Given
    new: Given | None
    n_folds: int
    seed: int
    care: Care
    fit_params: Mapping[str, Any] | None = None

    def as_judged(self, learner: MetaLearner) -> MetaLearner:
        """The learner as it is fitted to be judged."""
        alike: dict[str, Any] = {"random_state": self.seed}
        if self.new is None:
            alike |= {"nested": True, "n_folds": self.n_folds, "n_repeats": 1,
                      "enable_overall": False}  # fmt: skip
        return clone(learner).set_params(**alike)

    def prepared(self, learner: MetaLearner, given: Given) -> Prepared:
        """The studies of a learner on some data."""
        if not learner.declaration.has_propensities:
            given = replace(given, propensities=None)
        return prepare(learner._request(self.fit_params, True, self.care), given)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan that is run beside others, and the keys of what it is asked for."""

    plan: Plan
    asked: tuple[str, ...]
    prepared: Prepared

    def result(self, results: Mapping[str, Any]) -> Result:
        """What has become of it, given the results of a plan with its nodes."""
        own = {key: results[key] for key in self.plan.output_keys}
        seconds = sum(
            each.timing.seconds for each in record_runs(names_of(self.plan), own).values()
        )
        try:
            raise_failures(failures_in(own), self.plan.labels)
        except ModelFailed as error:
            return Result((), float(seconds), str(error))
        return Result(tuple(np.asarray(value_of(own[key])) for key in self.asked), float(seconds))


@dataclass(frozen=True, slots=True)
class Result:
    """The values that were asked for, the seconds of work, and why there are none if it failed."""

    found: tuple[Array, ...]
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What effects are judged by: the judged rows, and the nuisances of the judge."""

    y: Array
    w: Array
    outcomes: Array
    propensities: Array
    threshold: float
    weights: Array | None
    groups: Array | None

    def by(self, k: int) -> tuple[Array, Array, Array, float]:
        """The nuisances of one contrast."""
        return self.outcomes[:, 0], self.outcomes[:, k], self.propensities, self.threshold


@dataclass(frozen=True)
class Contest:
    """Entries of candidates and of their judge on one ground.

    ``is_own_judge`` says that the judge is made of the candidates' models.
    """

    ground: Ground
    judge: MetaLearner
    is_own_judge: bool
    told: list[int] = field(default_factory=list)

    def entry(self, learner: MetaLearner) -> Entry:
        """The plan of a candidate's effects on the judged rows; raises if it cannot be made."""
        ground, made = self.ground, self.ground.as_judged(learner)
        prepared = ground.prepared(made, ground.training)
        self._check_labels(prepared)
        declaration = with_stacks_of(made.declaration, prepared.study)
        self._check_folds(declaration)
        studies = [replace(study, strict=True) for study in prepared.studies]
        compilers = [Compiler(declaration, study) for study in studies]
        rows: Any = Training()
        if ground.new is not None:
            known = ground.new.propensities if declaration.has_propensities else None
            new = replace(ground.new, propensities=known)
            self._warn_of_seen_rows(prepared)
            rows = Fitted(declaration, prepared, {}).labelled_target(new, True).rows
        found = [answers.effects(compiler, rows) for compiler in compilers]
        combined = answers.combine(compilers, found, made.repeat_aggregation)
        return self._entry(compilers, [combined], prepared)

    @cached_property
    def judging(self) -> Entry:
        """The plan of the judge's nuisances, which are cross-fitted on the judged rows."""
        ground, made = self.ground, clone(self.judge)
        made.set_params(n_folds=ground.n_folds, random_state=ground.seed, n_repeats=1)
        given = ground.training if ground.new is None else ground.new
        prepared = ground.prepared(made, given)
        if prepared.study.n_classes > 2:
            raise InvalidInput(
                f"'y' has {prepared.study.n_classes} classes, and losses of effects are for "
                "numbers or two classes. Use one class against the rest."
            )
        declaration = with_stacks_of(made.declaration, prepared.study)
        compiler = Compiler(declaration, prepared.study)
        propensities = compiler.value(Ref(declaration.propensity or ""), None, Training())
        outcomes = answers.outcomes(compiler, Training())
        return self._entry([compiler], [outcomes, propensities], prepared)

    def truth(self, result: Result) -> Truth:
        """What the judge's entry has found."""
        study, prepared = self.judging.prepared.study, self.judging.prepared
        outcomes, propensities = result.found
        weight = prepared.study.weight
        return Truth(
            np.asarray(study.y.value, dtype=float), np.asarray(study.w.value), outcomes,
            propensities, float(study.options["clipping_threshold"]),
            np.asarray(weight.value) if isinstance(weight, Data) else None, prepared.groups,
        )  # fmt: skip

    def _entry(self, compilers: list[Compiler], nodes: list[Source], prepared: Prepared) -> Entry:
        plan = with_timings(plan_of(compilers, nodes, dict, Start(care=self.ground.care)))
        return Entry(plan, tuple(made.key for made in nodes), prepared)

    def _warn_of_seen_rows(self, prepared: Prepared) -> None:
        """Warn, once for all candidates, if rows to judge on are among those to fit to."""
        assert self.ground.new is not None  # noqa: S101 - the caller has asked
        table = as_in_fit(self.ground.new.X, prepared.columns)
        seen = int(np.isin(table.row_hashes_like(prepared.columns), prepared.row_hashes).sum())
        if seen and not self.told:
            self.told.append(seen)
            warn(
                f"{seen:,} of the rows that judge the candidates are among those that they are "
                "fitted to, so candidates that follow noise look better than they are. Pass other "
                "rows as 'test', or leave it out.",
                TrainingRows,
            )

    def _check_folds(self, declaration: Learner) -> None:
        """Raise if weights of effects cannot be estimated without the fold that is judged."""
        mixes = any(isinstance(step, EffectStack) for step in declaration.stacks)
        if mixes and self.ground.new is None and self.ground.n_folds < 4:
            raise InvalidInput(
                "An ensemble is judged in 4 folds or more, so that its weights do not know the "
                "fold that is judged. Set 'n_folds' to 4 or more, or use 'held_out'."
            )

    def _check_labels(self, prepared: Prepared) -> None:
        """Raise if a candidate takes the variants or classes for others than the judge does."""
        judge = self.judging.prepared
        if (prepared.variants, prepared.classes) != (judge.variants, judge.classes):
            raise InvalidInput(
                f"It has the variants {list(prepared.variants)} and classes "
                f"{list(prepared.classes)}, but the judge has {list(judge.variants)} and "
                f"{list(judge.classes)}. Give all candidates the same 'control', 'event' and kind "
                "of outcome model."
            )
