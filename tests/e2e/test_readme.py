"""The README is true: its example gives that output, its make targets and paths exist."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, Running

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> tuple[list[str], str]:
    """The command of the first example, and what it is said to print."""
    block = re.search(r"```console\n\$ ([^\n]+)\n(.+?)```", README, re.DOTALL)
    assert block
    return shlex.split(block.group(1)), block.group(2)


def test_it_opens_with_one_sentence_and_one_example() -> None:
    assert re.match(r"# Schakel\n\n[^\n]+\.\n\n```console\n\$ schakel match ", README)


def test_the_example_prints_what_it_says(example: tuple[list[str], str], fresh: Running) -> None:
    words, expected = example
    done = subprocess.run(
        [COMMAND, *words[1:]], env=fresh.environment, capture_output=True, text=True
    )
    printed = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    assert "Adviseurs" in expected
    assert printed == expected.strip("\n"), done.stderr


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b", README))))
def test_a_make_target_exists(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([a-zA-Z][^)]+)\)", README))))
def test_a_link_leads_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_command_line_is_a_command_of_ours() -> None:
    commands = re.findall(r"^schakel ((?:bench )?[a-z]+)(?: |$)", README, re.MULTILINE)
    assert commands == [
        "evaluate",
        "evaluate",
        "bench encoder",
        "bench match",
        "bench index",
    ]
    for command in commands:
        words = [COMMAND, *command.split(), "--help"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0
