"""What a job over several tables has estimated: average effects side by side, and pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from causal_dask.estimators.fit_each import EachFitted
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.pooled_estimates import PooledEstimates
from causal_dask.jobs.each.each_job import EachJob

Part = Literal["estimates", "pooled", "heterogeneity"]


@dataclass(frozen=True, slots=True)
class EachEstimates:
    """Average effects by learner and estimand, and the fitted learners."""

    fitted: dict[str, EachFitted]
    found: dict[tuple[str, str], PooledEstimates]

    @property
    def learners(self) -> list[MetaLearner]:
        """The fitted learners of all tables."""
        return [learner for each in self.fitted.values() for learner in each.learners.values()]

    def frame(self, part: Part) -> pd.DataFrame:
        """One of the tables of all learners and estimands, one below the other."""
        frames = []
        for (learner, estimand), pooled in self.found.items():
            frame = getattr(pooled, part).copy()
            frame.insert(0, "learner", learner)
            frame.insert(1, "estimand", estimand)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def estimate_each(job: EachJob) -> EachEstimates:
    """Fit the learners to all tables, and average their effects."""
    asked, fitted = job.file.contents.estimate, job.fit_each()
    found: dict[tuple[str, str], PooledEstimates] = {
        (label, estimand): each.average_effect(estimand, asked.level)
        for label, each in fitted.items()
        for estimand in asked.estimands
    }
    return EachEstimates(fitted, found)
