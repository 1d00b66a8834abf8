"""The fingerprint of any value: equal content, equal fingerprint, in every process.

Importing this module registers every type that has a meaning of its own.
"""

from causal_dask.keys import estimators, functions, tables, values  # noqa: F401 - they register
from causal_dask.keys.content import fingerprint, part_of, remember_records, type_identity

__all__ = ["fingerprint", "part_of", "remember_records", "type_identity"]
