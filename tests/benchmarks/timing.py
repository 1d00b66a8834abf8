"""Times runs against each other. Knows nothing of what they do.

Runs take turns, so that whatever else the machine does meets all of them, and every other round
goes backwards, so that none always follows the same one. Ratios are taken within a round.
"""

import gc
import time
from statistics import median


def alternated(runs, rounds, clock=time.perf_counter):
    """The seconds of each run by name, one for each round."""
    seconds = {name: [] for name in runs}
    for number in range(rounds):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            seconds[name].append(seconds_of(runs[name], clock))
    return seconds


def seconds_of(run, clock=time.perf_counter):
    """How long one call takes."""
    gc.collect()
    start = clock()
    run()
    return clock() - start


def warmed(runs):
    """The same runs, each called once: imports, pools and caches are not what is measured."""
    for run in runs.values():
        run()
    return runs


def medians(seconds):
    """The median of each run."""
    return {name: median(found) for name, found in seconds.items()}


def median_ratio(seconds, left, right):
    """The median over the rounds of one run's seconds over another's."""
    return median(a / b for a, b in zip(seconds[left], seconds[right], strict=True))
