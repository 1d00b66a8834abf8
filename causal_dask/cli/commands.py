"""All commands, in the order in which a user meets them."""

from __future__ import annotations

import click

import causal_dask
from causal_dask.cli.job_commands import check, init, plan, resume, run
from causal_dask.cli.predict_command import predict
from causal_dask.cli.slurm_command import slurm
from causal_dask.cli.store_commands import store


class InOrder(click.Group):
    """A group whose help lists commands as they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(causal_dask.__version__, prog_name="causal-dask")
def causal() -> None:
    """Estimate heterogeneous treatment effects, as a job file says.

    \b
      causal-dask init --data my.csv --outcome y --treatment w
      causal-dask check job.yaml
      causal-dask run job.yaml

    Exit codes: 0 done; 2 a wrong command line; 3 a bad job file; 4 bad data; 5 a model failed;
    6 a cluster, package or file cannot be used; 75 interrupted: resume.
    """  # noqa: D301 - after a real backspace, click leaves lines as they are


for command in (init, check, plan, run, resume, predict, slurm, store):
    causal.add_command(command)
