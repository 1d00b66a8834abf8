"""How large the benchmarks are: as the goals ask, or small for a quick look.

``QUICK=1 make bench`` runs everything on small data. It prints tables, judges nothing, and leaves
its results in ``out/benchmarks`` instead of beside the benchmarks.
"""

import os

QUICK = os.environ.get("QUICK", "0") != "0"


def size(full, quick):
    """The full size, or the one for a quick look."""
    return quick if QUICK else full


def rounds(full, quick):
    """How often runs take turns; ``ROUNDS=9`` for a machine that is busy."""
    return int(os.environ.get("ROUNDS", size(full, quick)))


def chosen(variable, default):
    """The words of an environment variable, separated by commas, or else those by default."""
    words = os.environ.get(variable, "")
    return [word.strip() for word in words.split(",")] if words else list(default)


def numbers(variable, default):
    """The same for whole numbers."""
    return [int(word) for word in chosen(variable, default)]
