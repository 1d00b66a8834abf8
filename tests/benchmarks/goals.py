"""Says whether a measure meets its goal, and by how much it does not."""

from tests.benchmarks.sizes import QUICK


def check(what, value, goal):
    """Print how a measure stands to the most that it may be; past that, fail in a full run."""
    verdict = f"{what}: {value:.3g} where at most {goal:.3g} is the goal, {value / goal - 1:+.1%}"
    print(verdict)
    assert QUICK or value <= goal, verdict
