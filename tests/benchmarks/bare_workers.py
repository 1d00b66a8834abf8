"""Worker processes that nobody has told how many threads to take: no nanny, no OMP_NUM_THREADS.

Nannies set OMP_NUM_THREADS to 1. Process pools, ``dask worker --no-nanny`` and dask-mpi do not, and
there a base model left to itself takes all cores in each process.
"""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
from dask.multiprocessing import get_context, initialize_worker_process
from distributed import Client, LocalCluster

ROOT = Path(__file__).parents[2]
THREAD_VARIABLES = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]


@contextmanager
def untold():
    """A block in which new processes are not told a number of threads."""
    told = {name: os.environ.pop(name) for name in THREAD_VARIABLES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(told)


@contextmanager
def threads(n_workers):
    """Threads of this process."""
    with dask.config.set(scheduler="threads", num_workers=n_workers):
        yield


@contextmanager
def new_processes(n_workers):
    """Processes as Dask starts them, anew for each call."""
    with untold(), dask.config.set(scheduler="processes", num_workers=n_workers):
        yield


@contextmanager
def process_pool(n_workers):
    """The same processes for all calls."""
    context = get_context()
    starting = {"mp_context": context, "initializer": initialize_worker_process}
    with untold(), ProcessPoolExecutor(n_workers, **starting) as pool:  # noqa: SIM117
        with dask.config.set(scheduler="processes", num_workers=n_workers, pool=pool):
            yield


@contextmanager
def workers_without_nannies(n_workers):
    """A cluster of workers that were started from a shell, of one thread each."""
    with untold(), ExitStack() as stack:
        cluster = stack.enter_context(LocalCluster(n_workers=0, dashboard_address=":0"))
        for _ in range(n_workers):
            stack.enter_context(_worker(cluster.scheduler_address))
        client = stack.enter_context(Client(cluster))
        client.wait_for_workers(n_workers)
        yield


@contextmanager
def _worker(address):
    """One worker process, which is ended at the end of the block."""
    options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
    program = [sys.executable, "-m", "dask", "worker", address, *options]
    process = subprocess.Popen(program, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
