"""Draws of Nie & Wager's setups, with splines of the covariates and their products as features."""

from spline_features import spline_features

from causal_dask.datasets import nie_wager


def generate(setting, rng):
    """Training rows, and as many new rows on which effects are judged."""
    n_rows = setting["n_rows"]
    data = nie_wager(**{**setting, "n_rows": 2 * n_rows}, random_state=rng)
    features = spline_features(data.X)
    return {
        "X": features[:n_rows],
        "y": data.y[:n_rows],
        "w": data.w[:n_rows],
        "effects": data.effects[:n_rows],
        "X_new": features[n_rows:],
        "effects_new": data.effects[n_rows:],
    }
