"""Job files whose YAML would exhaust memory or end in a raw error."""

import pytest
import yaml

from tests.cli.study import JOB, called

NESTED = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

MERGED = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 9)}]}}\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = {
    "nested aliases": (NESTED, "more than 100,000 values"),
    "nested merges": (MERGED, "more than 100,000 values"),
    "a section in itself": ("a: &a {b: *a}\n", "an anchor (&) is used inside itself"),
    "deep lists": ("a: " + "[" * 3000 + "]" * 3000 + "\n", "nested too deeply"),
    "an impossible date": ("seed: 1\nstore: 2020-13-45\n", "line 2: '2020-13-45' cannot be read as a date"),
    "a long integer": ("seed: " + "9" * 5000 + "\n", "line 1: '9999"),
    "a long hexadecimal": ("seed: 0x" + "f" * 9000 + "\n", "cannot be read as a whole number"),
    "a tag that does not fit": ("seed: 1\nfolds: !!bool many\n", "line 2: 'many' cannot be read as true or false"),
    "an empty integer": ('seed: !!int ""\n', "line 1: '' cannot be read as a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_yaml_that_cannot_be_built_is_told_in_one_message(case, written):
    text, fragment = REFUSED[case]
    result = called("check", written(text))
    assert result.exit_code == 3
    assert result.output.startswith("Error: job.yaml")
    assert fragment in result.output
    assert len(result.output) < 300


def test_an_alias_goes_on_working(written):
    text = yaml.safe_dump(JOB).replace("alpha: 1.0", "&p\n        alpha: 1.0")
    text = text.replace("parameters:\n        &p", "parameters: &p\n       ")
    text = text.replace("  treatment:\n    class", "  treatment:\n    parameters: *p\n    class")
    assert "*p" in text
    assert called("check", written(text)).exit_code == 0


def test_the_help_shows_no_control_characters():
    page = called("--help").output
    assert "\\b" not in page
    assert "\b" not in page
    assert "  causal-dask check job.yaml\n" in page
