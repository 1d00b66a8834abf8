"""A model that takes its time, and one that fails, importable by name as a job file needs them."""

import time
from pathlib import Path

from sklearn.linear_model import Ridge


class SlowRidge(Ridge):
    """Ridge regression, after a while."""

    def __init__(self, seconds=0.1, alpha=1.0):
        super().__init__(alpha=alpha)
        self.seconds = seconds

    def fit(self, X, y, sample_weight=None):
        time.sleep(self.seconds)
        return super().fit(X, y, sample_weight)


class HeldRidge(Ridge):
    """Ridge regression, once there is a file; or on the few rows on which a job tries its models."""

    def __init__(self, until=None, alpha=1.0):
        super().__init__(alpha=alpha)
        self.until = until

    def fit(self, X, y, sample_weight=None):
        while len(X) > 120 and not Path(self.until).exists():
            time.sleep(0.1)
        return super().fit(X, y, sample_weight)


class WithoutAWord(Ridge):
    """A model that fails and does not say why."""

    def fit(self, X, y, sample_weight=None):
        del X, y, sample_weight
        raise ValueError
