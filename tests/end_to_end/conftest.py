"""The two examples, verified once each by the command line, and a smaller one whose store tests tamper with."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Finished:
    """A finished command: its status, its output and its messages."""

    status: int
    output: str
    messages: str

    def document(self) -> dict:
        """The one JSON document on its output."""
        return json.loads(self.output)


def catlearn(*arguments: str | Path) -> Finished:
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "catlearn", *map(str, arguments)]
    wide = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=wide, check=False)
    return Finished(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Example:
    """A verified example: its specification, its store and what `verify --json` said."""

    specification: Path
    store: Path
    finished: Finished

    def claims(self) -> dict[str, dict]:
        """The rows of the verification by claim."""
        return {row["name"]: row for row in self.finished.document()["claims"]}


def _verified(name: str, store: Path) -> Example:
    specification = EXAMPLES / f"{name}.cat"
    return Example(specification, store, catlearn("verify", specification, "--json", "--store", store))


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """`examples/quickstart.cat`, verified from nothing."""
    return _verified("quickstart", tmp_path_factory.mktemp("quickstart") / "store")


@pytest.fixture(scope="session")
def refuted(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """`examples/refuted.cat`, verified from nothing."""
    return _verified("refuted", tmp_path_factory.mktemp("refuted") / "store")


@pytest.fixture(scope="session")
def few_seeds(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The quickstart with four seeds instead of sixteen, and claims that so few can support."""
    directory = tmp_path_factory.mktemp("few_seeds")
    text = (EXAMPLES / "quickstart.cat").read_text()
    for before, after in (("0..15", "0..3"), ("holds_for = 0.8", "holds_for = 0.5"), ("<= 16", "<= 4")):
        assert before in text
        text = text.replace(before, after)
    specification = directory / "few_seeds.cat"
    specification.write_text(text)
    store = directory / "store"
    return Example(specification, store, catlearn("verify", specification, "--json", "--store", store))


@pytest.fixture
def tampered(few_seeds: Example, tmp_path: Path) -> Iterator[Path]:
    """A copy of a small store that a test may change."""
    copy = tmp_path / "store"
    shutil.copytree(few_seeds.store, copy)
    yield copy
    shutil.rmtree(copy)
