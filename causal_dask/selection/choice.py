"""What a choice among learners has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.formulas.comparisons import Losses
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class Choice(Shown):
    """Candidates judged on rows that none of them has seen.

    Attributes
    ----------
    table : DataFrame
        A row for each candidate, the best first. ``loss`` in units of the outcome with its
        ``std_error``; ``difference`` to the best with ``difference_error``, the standard error of
        the paired difference; ``in_one_std_error``, whether the difference is within one of these;
        ``seconds`` of work, which counts for each candidate that shares it; and ``error`` of those
        that failed, which come last.
    best : str
        The candidate with the smallest loss.
    learner : learner, or None
        The best one, fitted to all rows as it was declared; None with ``refit=False``.
    candidates : dict of str to learner
        All candidates, unfitted, by name.
    effects : dict of str to array of shape (n_rows, n_variants - 1, n_outputs)
        The effects by which each candidate was judged, on the rows that were judged.
    loss : {"r_loss", "dr_loss"}
        By what they were judged.
    n_fits : int
        The number of distinct fits of all candidates and their judge.
    losses : object
        What ``differences_to`` is made of.
    """

    table: pd.DataFrame
    best: str
    learner: MetaLearner | None
    candidates: Mapping[str, MetaLearner]
    effects: Mapping[str, Array]
    loss: str
    n_fits: int
    losses: Losses

    def _parts(self) -> list[Block]:
        table = self.table.rename(columns=lambda name: name.replace("_", " "))
        if self.table["error"].isna().all():
            table = table.drop(columns="error")
        return [self.summary(), table]

    @property
    def one_standard_error_set(self) -> list[str]:
        """The candidates that are worse than the best by one standard error at most."""
        near = self.table["in_one_std_error"]
        return [str(name) for name in self.table.index[near.to_numpy(dtype=bool)]]

    @property
    def errors(self) -> dict[str, str]:
        """Why candidates failed, by name."""
        return {str(name): str(why) for name, why in self.table["error"].dropna().items()}

    def summary(self) -> str:
        """Which candidate is best, and how sure that is, in words."""
        others = [name for name in self.one_standard_error_set if name != self.best]
        judged = self.table["error"].isna().sum()
        failed = len(self.table) - judged
        beside = f" ({failed} failed)." if failed else "."
        if judged == 1:
            return f"{self.best} is the only candidate with a loss{beside}"
        words = f"{self.best} has the smallest {_WORDS[self.loss]} of {judged} candidates{beside}"
        if not others:
            return f"{words} All others are worse by more than one standard error."
        return (
            f"{words} Within one standard error of it: {', '.join(others)}. The data do not tell "
            "these apart; prefer the simplest of them, or mix them by an EnsembleLearner."
        )

    def differences_to(self, name: str) -> pd.DataFrame:
        """How much greater the loss of each candidate is than that of one of them.

        Parameters
        ----------
        name : str
            A candidate that has a loss.

        Returns
        -------
        DataFrame
            ``difference`` and ``standard_error`` by candidate, in their order. The errors are those
            of the rows that judge, for the models as they were fitted and the judge's nuisances as
            they are.

        Raises
        ------
        InvalidInput
            If no candidate of this name has a loss.
        """
        names = list(self.effects)
        if name not in names:
            raise InvalidInput(f"'name' must be one of {names}. Got {name!r}.")
        difference, error = self.losses.differences_to(names.index(name))
        index = pd.Index(names, name="candidate")
        return pd.DataFrame({"difference": difference, "standard_error": error}, index=index)

    def top(self, n: int) -> list[MetaLearner]:
        """The best candidates, unfitted.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        list of learners
            The best first.

        Raises
        ------
        InvalidInput
            If fewer candidates have a loss.
        """
        ranked = [str(name) for name in self.table.index[self.table["error"].isna()]]
        if not 1 <= n <= len(ranked):
            raise InvalidInput(f"'n' must be from 1 to {len(ranked)}. Got {n!r}.")
        return [self.candidates[name] for name in ranked[:n]]


_WORDS = {"r_loss": "R-loss", "dr_loss": "DR-loss"}
