"""Draw a rule of treatment as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from causal_dask.axes import axes_for, colour_of, literal, result_and_axes
from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.inference.policies.policy_tree import Branch, PolicyTree
from causal_dask.inference.policies.tree_search import policy_tree

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@ShortTraceback()
def plot_policy_tree(tree: PolicyTree | Any, X: Any = None, ax: Axes | None = None) -> Axes:
    """Draw a rule: conditions, and what each leaf gives. Rows that meet a condition go left.

    Parameters
    ----------
    tree : PolicyTree or fitted learner
        Made by ``policy_tree``; of a learner, that of its scores and ``X``.
    X : table of shape (n_rows, n_features), optional
        Of a learner: its training data. With a tree, the second argument may be ``ax``.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidType, InvalidInput
        If ``tree`` is neither; as ``policy_tree``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import Scores, plot_policy_tree, policy_tree
    >>> x = np.arange(-2.5, 3.0)
    >>> tree = policy_tree(Scores(x[None, :, None], ("none", "some")), x, depth=1)
    >>> [text.get_text() for text in plot_policy_tree(tree).texts]
    ['yes', 'none', 'no', 'some', 'x0 <= 0']
    """
    tree, ax = result_and_axes(tree, X, ax, policy_tree)
    if not isinstance(tree, PolicyTree):
        raise InvalidType(
            "'tree' must be what policy_tree() returns, or a fitted learner. Got "
            f"{type(tree).__name__}."
        )
    depth = _depth(tree.root)
    ax = axes_for(ax, height=1.2 + 0.9 * depth)
    _Drawing(ax, tree, depth).branch(tree.root, 0.5, 0)
    ax.set(xlim=(0, 1), ylim=(-depth - 0.5, 0.5))
    ax.axis("off")
    return ax


@dataclass(frozen=True)
class _Drawing:
    """Where a tree is drawn."""

    ax: Axes
    tree: PolicyTree
    depth: int

    def branch(self, branch: Branch, x: float, level: int) -> None:
        """A branch and what is below it."""
        box = {"boxstyle": "round", "facecolor": "white", "edgecolor": "0.4"}
        if branch.left is None or branch.right is None:
            box["edgecolor"] = colour_of(branch.variant)
            words = str(self.tree.variants[branch.variant])
        else:
            words = f"{self.tree.columns[branch.column]} <= {branch.value:.4g}"
            self._side(branch.left, (x, -0.25 / 2**level), level, "yes")
            self._side(branch.right, (x, 0.25 / 2**level), level, "no")
        self.ax.text(x, -level, literal(words), ha="center", va="center", bbox=box)

    def _side(self, side: Branch, of: tuple[float, float], level: int, word: str) -> None:
        x, step = of
        self.ax.plot([x, x + step], [-level, -level - 1], color="0.6", zorder=0)
        middle = (x + step / 2, -level - 0.5)
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        self.ax.text(*middle, word, color="0.4", fontsize=8, ha="center", va="center", bbox=white)
        self.branch(side, x + step, level + 1)


def _depth(branch: Branch) -> int:
    sides = [side for side in (branch.left, branch.right) if side is not None]
    return 1 + max(map(_depth, sides)) if sides else 0
