"""F-learner (Künzel et al. 2019, suppl.): regress the transformed outcome y (w - e) / (e (1 - e)).

That is the PW-learner's pseudo-outcome by another name, so the two share every fit.
"""

from dataclasses import replace

from causal_dask.learners.pw import PW

F = replace(PW, name="F")
