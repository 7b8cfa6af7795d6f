"""The commands that help with writing specifications: `graph`, `init`, `check --watch`, `explain`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from catlearn.diagnostics import DESCRIPTIONS
from tests.cli.command import ROOT, catlearn, environment, inside, on_a_terminal

SMALL = "category C {\n  object X, Y\n  map f : X -> Y\n}\n"
BROKEN = SMALL.replace("X -> Y", "X -> Q")
QUICKSTART = ROOT / "examples" / "quickstart.cat"


# graph


def test_the_picture_in_the_documentation_is_what_the_command_prints() -> None:
    outcome = catlearn("graph", "examples/quickstart.cat", cwd=ROOT)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == (ROOT / "docs" / "quickstart.svg").read_text("utf-8"), (
        "catlearn graph examples/quickstart.cat -o docs/quickstart.svg"
    )


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.svg", "<svg "), ("a.dot", "digraph "), ("a.mmd", "flowchart "), ("a.tex", "% \\usepackage"), ("a", "<svg ")],
)
def test_the_name_of_the_file_says_the_form(tmp_path: Path, name: str, begins: str) -> None:
    outcome = inside("graph", QUICKSTART, "-o", tmp_path / name)
    assert (outcome.status, outcome.out) == (0, f"{tmp_path / name}\n")
    assert (tmp_path / name).read_text("utf-8").startswith(begins)


def test_a_form_that_is_asked_for_comes_first(tmp_path: Path) -> None:
    assert inside("graph", QUICKSTART, "--format", "dot", "-o", tmp_path / "a.svg").status == 0
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("digraph ")


def test_one_diagram_by_name_as_a_document() -> None:
    document = inside("graph", QUICKSTART, "--only", "F", "--format", "tikz-cd", "--json").document
    assert document.keys() == {"schema", "format", "file", "diagram"}
    assert document["format"] == "tikz-cd"
    assert document["diagram"].count("begin{tikzcd}") == 1
    assert "lrcorner" in document["diagram"]


def test_a_misspelt_diagram() -> None:
    outcome = inside("graph", QUICKSTART, "--only", "Parm")
    assert (outcome.status, outcome.out) == (2, "")
    assert "did you mean `Param`?" in outcome.err


def test_no_diagram_of_what_does_not_check(tmp_path: Path) -> None:
    (tmp_path / "a.cat").write_text(BROKEN, encoding="utf-8")
    outcome = inside("graph", tmp_path / "a.cat")
    assert (outcome.status, outcome.out) == (2, "")
    assert "error[unknown-name]" in outcome.err


# init


def test_the_starter_specification_from_init_to_verdicts(tmp_path: Path) -> None:
    outcome = inside("init", tmp_path / "new")
    spec = tmp_path / "new" / "starter.cat"
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"wrote {spec}\nnext: catlearn verify {spec}\n"
    assert inside("check", spec).out == f"{spec}: 6 claims, 5 runs, no errors\n"
    verified = inside("verify", spec, "--json")
    assert verified.status == 0
    assert all(row["met"] for row in verified.document["claims"])
    assert {row["verdict"] for row in verified.document["claims"]} == {"exact", "proved", "supported"}


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "starter.cat").write_text("mine", encoding="utf-8")
    outcome = inside("init", tmp_path)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"{tmp_path / 'starter.cat'} exists already" in outcome.err
    assert (tmp_path / "starter.cat").read_text("utf-8") == "mine"


def test_init_here(tmp_path: Path) -> None:
    outcome = catlearn("init", "--json", cwd=tmp_path)
    assert (outcome.status, outcome.document) == (
        0,
        {"schema": 1, "file": "starter.cat", "next": "catlearn verify starter.cat"},
    )
    assert (tmp_path / "starter.cat").is_file()


# check --watch


class Watching:
    """A `check --watch` that can be waited for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: Queue[str] = Queue()
        self.listener = Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def next(self) -> str:
        """The next line on standard output."""
        return self.lines.get(timeout=30)

    def interrupted(self) -> tuple[int, str]:
        """The status and the messages after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        status = self.process.wait(timeout=30)
        return status, self.process.stderr.read()


@contextmanager
def watching(spec: Path) -> Iterator[Watching]:
    """The command that watches a specification, ended at last."""
    command = [sys.executable, "-u", "-m", "catlearn", "check", "--watch", str(spec)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment()) as process:
        try:
            found = Watching(process)
            yield found
        finally:
            process.kill()
            found.listener.join(timeout=30)


def replaced(path: Path, text: str) -> None:
    """Write a file the way editors do, whole."""
    path.with_suffix(".new").write_text(text, encoding="utf-8")
    os.replace(path.with_suffix(".new"), path)


def test_watching_says_once_what_came_of_every_change(tmp_path: Path) -> None:
    shared, spec = tmp_path / "shared.cat", tmp_path / "main.cat"
    shared.write_text(SMALL, encoding="utf-8")
    text = 'import "shared.cat"\ncategory D { object Z }\n'
    spec.write_text(text, encoding="utf-8")
    changes = ((spec, text.replace("Z }", "Z\n map z : Z -> W }")), (spec, text), (shared, BROKEN), (shared, SMALL))
    with watching(spec) as command:
        assert ", no errors" in command.next()
        for (path, change), line in zip(changes, (": 1 error", ", no errors") * 2, strict=True):
            replaced(path, change)
            assert line in command.next()
        status, messages = command.interrupted()
        assert command.lines.empty()
    assert status == 130
    assert messages.count("error[unknown-name]") == 2
    assert "\x1b" not in messages
    assert "Traceback" not in messages


def test_watching_waits_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    spec = tmp_path / "later.cat"
    with watching(spec) as command:
        assert command.next() == f"{spec}: 1 error\n"
        replaced(spec, SMALL)
        assert command.next().endswith("no errors\n")
        assert command.interrupted()[0] == 130


def test_watching_is_not_one_document(tmp_path: Path) -> None:
    outcome = inside("check", "--watch", "--json", tmp_path / "a.cat")
    assert outcome.status == 2
    assert outcome.document["error"]["kind"] == "usage"


# explain


@pytest.mark.parametrize("code", sorted(DESCRIPTIONS))
def test_every_code_has_a_page(code: str) -> None:
    outcome = inside("explain", code)
    parts = ("What it catches:", "Why:", "Example:", "Repair:")
    places = [outcome.out.find(part) for part in parts]
    assert outcome.status == 0
    assert -1 not in places
    assert places == sorted(places)


def test_all_codes_on_a_line_each() -> None:
    outcome = inside("explain")
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert [line.split()[0] for line in lines] == sorted(DESCRIPTIONS)
    assert all(line.endswith(DESCRIPTIONS[line.split()[0]]) for line in lines)
    assert [row["code"] for row in inside("explain", "--json").document["codes"]] == sorted(DESCRIPTIONS)


def test_a_misspelt_code() -> None:
    outcome = inside("explain", "shape-mismach")
    assert (outcome.status, outcome.out) == (2, "")
    assert "did you mean `shape-mismatch`?" in outcome.err
    assert "lists the codes" in inside("explain", "qqqqq").err


def test_a_picture_on_a_terminal_has_no_colours() -> None:
    assert "\x1b" not in on_a_terminal("graph", QUICKSTART, "--format", "mermaid")
