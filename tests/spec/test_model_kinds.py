"""The constants are the kinds that the learners declare, no more and no fewer."""

from causal_dask.spec import model_kinds
from tests.catalogue import LEARNERS

STAGES = {"NUISANCE", "TREATMENT"}


def test_there_is_a_constant_for_each_kind_of_model():
    constants = {name: value for name, value in vars(model_kinds).items() if name.isupper()}
    declared = {model.name for cls in LEARNERS for model in cls.declaration.models}
    assert {value for name, value in constants.items() if name not in STAGES} == declared
    assert all(name.lower() == value for name, value in constants.items())
