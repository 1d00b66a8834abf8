"""LaLonde's experimental data on job training. Knows no other data set."""

from __future__ import annotations

import numpy as np

from causal_dask.datasets.observed import ObservedData, load_table

COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


def load_lalonde() -> ObservedData:
    """What job training does to earnings: 445 men of the National Supported Work experiment.

    ``y`` is the earnings of 1978 in dollars (``re78``), ``w`` is whether the man was trained. The
    sample is that of Dehejia and Wahba (1999). Training was randomised, so that the crude
    difference of means, 1,794 dollars, estimates the average effect.

    Returns
    -------
    ObservedData
        Covariates (float64): age, years of school, whether black, Hispanic, married, without a
        degree, earnings of 1974 and 1975.

    Raises
    ------
    MissingExtra
        If the package causaldata is not installed.

    References
    ----------
    R. J. LaLonde (1986), Evaluating the econometric evaluations of training programs with
    experimental data, American Economic Review 76(4), 604-620.

    R. H. Dehejia and S. Wahba (1999), Causal effects in nonexperimental studies, Journal of the
    American Statistical Association 94(448), 1053-1062.

    Examples
    --------
    >>> data = load_lalonde()
    >>> round(float(data.y[data.w == 1].mean() - data.y[data.w == 0].mean()), 2)
    1794.34
    """
    table = load_table("nsw_mixtape")
    return ObservedData(
        X=table[COVARIATES].astype(np.float64),
        y=table["re78"].to_numpy(dtype=np.float64),
        w=table["treat"].to_numpy(dtype=np.int64),
    )
