import subprocess
import sys

import click
import pytest

from causal_dask.cli.commands import COMMANDS, causal

SLOW = ("sklearn", "pandas", "dask", "distributed", "xgboost")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_how_its_own_help_begins(name):
    command = causal.get_command(click.Context(causal), name)
    assert command.name == name
    assert " ".join(command.help.split()).startswith(COMMANDS[name].help.removesuffix("."))


def test_an_unknown_command_is_none():
    assert causal.get_command(click.Context(causal), "fit") is None


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_nothing_that_takes_long(option):
    code = (
        "import sys, atexit; from causal_dask.cli.main import main; "
        f"atexit.register(lambda: print('slow:', *({set(SLOW)} & set(sys.modules)))); "
        f"main([{option!r}])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1].strip() == "slow:"
