"""The facts about this machine that numbers depend on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = [
    "causal-dask", "dask", "distributed", "numpy", "scikit-learn", "xgboost", "xgboost-cpu",
    "lightgbm", "joblib", "metalearners", "econml", "causalml", "doubleml",
]  # fmt: skip


def cores():
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def facts():
    """The processor, its cores, the memory and the versions."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _processor():
    """The model's name, where Linux tells it."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text("utf-8").splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None
