"""Rules of treatment that can be read: decision trees."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.inference.covariate_columns import columns_called
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a tree: rows with ``column <= value`` go left. A leaf has a variant alone.

    Attributes
    ----------
    column : int
        The position of the column, or -1 in a leaf.
    value : float
        Where the rows part.
    variant : int
        The number of the variant that a leaf gives.
    left, right : Branch, or None
        The two sides.
    """

    column: int = -1
    value: float = 0.0
    variant: int = 0
    left: Branch | None = None
    right: Branch | None = None


@dataclass(frozen=True, eq=False, repr=False)
class PolicyTree:
    """A rule of treatment as a decision tree. Made by ``policy_tree``.

    Attributes
    ----------
    root : Branch
        The tree.
    columns : tuple of str
        The names of the covariates; ``city_Paris`` is 1 where ``city`` is ``Paris``.
    variants : tuple
        The labels of the variants; the first is control.
    reward : float
        The mean reward, less costs, on the rows that the tree was learned from, over treating
        nobody. It is too large, since the tree was chosen for it.
    """

    root: Branch
    columns: tuple[str, ...]
    variants: tuple[Any, ...]
    reward: float

    def predict(self, X: Any) -> Array:
        """The variant that the tree gives each row.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_covariates)
            The columns that the tree was learned from; of a frame, by name.

        Returns
        -------
        array of shape (n_rows,)
            Labels of variants.

        Raises
        ------
        InvalidInput
            If a column that the tree asks for is missing, or has missing values.
        """
        asked = sorted({branch.column for branch in self._branches() if branch.column >= 0})
        found = columns_called(X, [self.columns[column] for column in asked])
        if np.isnan(found).any():
            raise InvalidInput("'X' has missing values in a column that the tree asks for.")
        values = np.zeros((len(found), len(self.columns)))
        values[:, asked] = found
        return pd.Index(self.variants, tupleize_cols=False).to_numpy()[given_by(self.root, values)]

    def to_text(self) -> str:
        """The rule in words, a line for each condition and each leaf."""
        return "\n".join(self._lines(self.root, ""))

    def _lines(self, branch: Branch, indent: str) -> Iterator[str]:
        if branch.left is None or branch.right is None:
            yield f"{indent}give {self.variants[branch.variant]}"
            return
        name = self.columns[branch.column]
        yield f"{indent}if {name} <= {branch.value:.6g}:"
        yield from self._lines(branch.left, indent + "    ")
        yield f"{indent}else:"
        yield from self._lines(branch.right, indent + "    ")

    def _branches(self) -> Iterator[Branch]:
        pending = [self.root]
        while pending:
            branch = pending.pop()
            yield branch
            pending += [side for side in (branch.left, branch.right) if side is not None]

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.to_text())}</pre>"


def given_by(root: Branch, X: Array) -> Array:
    """The number of the variant that a tree gives each row."""
    codes = np.zeros(len(X), dtype=np.int64)
    pending = [(root, np.arange(len(X)))]
    while pending:
        branch, rows = pending.pop()
        if branch.left is None or branch.right is None:
            codes[rows] = branch.variant
            continue
        left = X[rows, branch.column] <= branch.value
        pending += [(branch.left, rows[left]), (branch.right, rows[~left])]
    return codes
