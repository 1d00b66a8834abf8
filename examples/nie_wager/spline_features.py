"""Covariates as natural splines and their products. Knows nothing of models."""

import numpy as np
from scipy.interpolate import BSpline

DEGREE = 3


def spline_features(X, df=7):
    """Splines of every covariate, and all their pairwise products and squares (Nie & Wager)."""
    main = np.hstack([natural_spline(x, df) for x in X.T])
    left, right = np.triu_indices(main.shape[1])
    return np.hstack([main, main[:, left] * main[:, right]])


def natural_spline(x, df):
    """A basis of the natural cubic splines, as R's ``ns``: knots at quantiles, no intercept."""
    knots = np.quantile(x, np.linspace(0, 1, df + 1))
    knots = np.concatenate([[knots[0]] * DEGREE, knots, [knots[-1]] * DEGREE])
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()[:, 1:]
    return basis @ _straight_at_the_ends(knots)


def _straight_at_the_ends(knots):
    """The combinations of B-splines whose second derivative is zero at both boundary knots."""
    splines = BSpline(knots, np.eye(len(knots) - DEGREE - 1), DEGREE)
    curvatures = splines.derivative(2)(knots[[0, -1]])[:, 1:]
    rotation, _ = np.linalg.qr(curvatures.T, mode="complete")
    return rotation[:, len(curvatures) :]
