import os
import shutil
import subprocess
import sys

import click
import pytest

from causal_dask.cli.commands import COMMANDS, causal
from tests.cli.study import called

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


def completed(words):
    """What a shell is told at the end of a line, and the slow modules that this needed."""
    code = (
        "import sys, atexit; from causal_dask.cli.main import main; "
        f"atexit.register(lambda: print('slow:', *({set(SLOW)} & set(sys.modules)))); main([])"
    )
    asked = {
        "_CAUSAL_DASK_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=120, env={**os.environ, **asked},
    )  # fmt: skip
    *found, slow = ended.stdout.splitlines()
    return found, slow.strip()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("causal-dask re", ["plain,resume"]),
        ("causal-dask run jo", ["file,jo"]),
        ("causal-dask run job.yaml --output ", ["file,"]),
        ("causal-dask predict results new.", ["file,new."]),
    ],
)
def test_commands_and_files_are_completed_without_imports_that_take_long(words, found):
    assert completed(words) == (found, "slow:")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("causal-dask run --f", "plain,--force"),
        ("causal-dask study re", "plain,resume"),
        ("causal-dask study run st", "file,st"),
        ("causal-dask completion z", "plain,zsh"),
    ],
)
def test_options_and_commands_below_commands_are_completed(words, found):
    assert found in completed(words)[0]


def test_bash_runs_the_script_and_completes_with_it(tmp_path):
    asks = f'#!/bin/sh\nexec {sys.executable} -m causal_dask "$@"\n'
    (tmp_path / "causal-dask").write_text(asks, encoding="utf-8")
    (tmp_path / "causal-dask").chmod(0o755)
    script = called("completion", "bash").output
    ask = "COMP_WORDS=(causal-dask re); COMP_CWORD=1; _causal_dask_completion causal-dask"
    told = subprocess.run(
        [shutil.which("bash"), "-c", f'{script}\n{ask}\necho "${{COMPREPLY[@]}}"; complete -p causal-dask'],
        capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert told.stdout.splitlines() == [
        "resume",
        "complete -o nosort -F _causal_dask_completion causal-dask",
    ]


@pytest.mark.parametrize(
    ("shell", "begins"), [("zsh", "#compdef causal-dask"), ("fish", "function ")]
)
def test_other_shells_have_scripts_too(shell, begins):
    assert called("completion", shell).output.startswith(begins)
