"""Help on a learner tells all of its parameters."""

import inspect
import re

import pytest

from causal_dask import DRLearner, MetaLearner
from causal_dask.estimators.catalogue import CATALOGUE


def names(doc, section):
    """The names that a section of a docstring explains."""
    found = re.search(
        rf"^{section}\n-+\n(.*?)(?=\n\w[\w ]*\n-+\n|\Z)", doc, re.DOTALL | re.MULTILINE
    )
    lines = re.findall(r"^(\w[\w, ]*) :", found[1], re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]


@pytest.mark.parametrize("cls", CATALOGUE)
def test_a_learner_says_what_all_its_parameters_are(cls):
    doc = inspect.getdoc(cls)
    assert set(names(doc, "Parameters")) == inspect.signature(cls).parameters.keys()
    assert "n_variants_" in names(doc, "Attributes")
    headings = re.findall(r"^(\w+)\n-{3,}$", doc, re.MULTILINE)
    assert headings == ["Parameters", "Attributes", "References", "Examples"]


def test_a_learner_of_ones_own_says_it_too_and_keeps_what_it_says_itself():
    class Own(DRLearner):
        """One sentence."""

    class Apart(DRLearner):
        """Another.

        Parameters
        ----------
        n_folds : int
            As I say.
        """

    class Silent(DRLearner):
        pass

    assert Own.__doc__.startswith("One sentence.\n\nParameters\n----------\nis_classification")
    assert names(Own.__doc__, "Parameters") == names(inspect.getdoc(MetaLearner), "Parameters")
    assert names(inspect.getdoc(Apart), "Parameters") == ["n_folds"]
    assert vars(Silent)["__doc__"] is None
