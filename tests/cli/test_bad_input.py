"""Bad input: a diagnostic with file, line and column, the right exit status, never a traceback."""

import re
from pathlib import Path

import pytest

from tests.cli.command import Outcome, catlearn, inside, on_a_terminal

GOOD = """dataset iris { source = sklearn.iris, test = 0.2, seed = 0 }
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category Param {
  object A = params(body) * params(head)
  run gd : A@init -> A@gd { net = body >> head, data = iris, loss = cross_entropy,
                            optimiser = sgd(lr = 0.1), batch = 32, epochs = 2, seeds = 0..3 }
}
claim learns : accuracy(gd, on = iris.test) >= 0.1
"""

MISTAKES = {
    "syntax": (GOOD.replace("map head :", "map head"), "syntax", 3),
    "misspelt": (GOOD.replace("data = iris", "data = irsi"), "unknown-name", 6),
    "shapes": (GOOD.replace("linear(3)", "linear(4)"), "shape-mismatch", 3),
    "dataset": (GOOD.replace("sklearn.iris", "sklearn.irsi"), "missing-data", 1),
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "spec.cat"
    path.write_text(GOOD, encoding="utf-8")
    return path


def refused(outcome: Outcome) -> None:
    assert outcome.status == 2
    assert "Traceback" not in outcome.out + outcome.err
    assert outcome.err.strip()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_shown_where_it_is(name: str, tmp_path: Path) -> None:
    text, code, line = MISTAKES[name]
    path = tmp_path / "spec.cat"
    path.write_text(text, encoding="utf-8")
    outcome = catlearn("check", path)
    refused(outcome)
    assert outcome.out == ""
    assert re.search(rf"error\[{code}\]: .*\n *--> {re.escape(str(path))}:{line}:\d+\n", outcome.err)
    assert "\x1b" not in outcome.err


@pytest.mark.parametrize("command", ["check", "compile", "run", "verify"])
def test_every_command_prints_the_check_document(command: str, tmp_path: Path) -> None:
    text, code, line = MISTAKES["misspelt"]
    path = tmp_path / "spec.cat"
    path.write_text(text, encoding="utf-8")
    outcome = catlearn(command, path, "--json")
    refused(outcome)
    assert outcome.document["schema"] == 1
    found = next(row for row in outcome.document["diagnostics"] if row["code"] == code)
    assert (found["file"], found["line"], found["severity"]) == (str(path), line, "error")
    assert found["hints"] == ["did you mean `iris`?"]
    assert not path.with_suffix(".catlearn").exists()


@pytest.mark.parametrize(
    ("kind", "found"), [("missing", "no such file"), ("directory", "a directory"), ("binary", ""), ("latin", "")]
)
def test_what_cannot_be_read_is_named(kind: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.cat"
    if kind == "directory":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(bytes(range(256)))
    elif kind == "latin":
        path.write_bytes("# café".encode("latin-1"))
    outcome = catlearn("verify", path, "--json")
    refused(outcome)
    assert f"error[unreadable]: found {found}" in outcome.err
    (row,) = outcome.document["diagnostics"]
    assert (row["code"], row["file"], row["line"], row["column"]) == ("unreadable", str(path), 1, 1)


def test_an_empty_file_is_no_specification(tmp_path: Path) -> None:
    path = tmp_path / "spec.cat"
    path.write_text("", encoding="utf-8")
    outcome = catlearn("check", path)
    refused(outcome)
    assert f"--> {path}:1:1" in outcome.err


def test_all_files_are_checked_and_one_document_is_printed(good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.cat"
    bad.write_text(MISTAKES["dataset"][0], encoding="utf-8")
    missing = tmp_path / "missing.cat"
    outcome = catlearn("check", bad, good, missing, "--json")
    refused(outcome)
    assert {row["file"] for row in outcome.document["diagnostics"]} == {str(bad), str(missing)}


def test_a_good_file_is_counted(good: Path) -> None:
    outcome = catlearn("check", good)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"{good}: 1 claim, 1 run, no errors\n"
    assert catlearn("check", good, "--json").document == {"schema": 1, "diagnostics": []}


def test_colours_on_a_terminal_that_wants_them(tmp_path: Path) -> None:
    path = tmp_path / "spec.cat"
    path.write_text(MISTAKES["misspelt"][0], encoding="utf-8")
    assert "\x1b[1;31merror[unknown-name]\x1b[0m" in on_a_terminal("check", path)
    for plain in (
        on_a_terminal("check", path, NO_COLOR="1"),
        on_a_terminal("check", path, TERM="dumb"),
        on_a_terminal("check", path, "--no-color"),
    ):
        assert "error[unknown-name]" in plain
        assert "\x1b" not in plain


@pytest.mark.parametrize("command", ["run", "verify"])
def test_a_file_in_place_of_the_store(command: str, good: Path) -> None:
    place = good.with_suffix(".catlearn")
    place.write_text("precious", encoding="utf-8")
    plain, in_json = inside(command, good), inside(command, good, "--json")
    assert (plain.status, in_json.status) == (4, 4)
    assert str(place) in plain.err
    assert "--store DIR" in plain.err
    assert "Traceback" not in plain.err
    assert in_json.document["error"]["kind"] == "store"
    assert place.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("command", ["run", "verify"])
def test_an_unknown_claim_is_asked_for(command: str, good: Path) -> None:
    outcome = inside(command, good, "--only", "learnz", "--json")
    refused(outcome)
    assert "did you mean `learns`?" in outcome.err
    assert outcome.document["error"]["kind"] == "unknown-claim"
    assert not good.with_suffix(".catlearn").exists()


@pytest.mark.parametrize("command", ["recheck", "report"])
def test_what_is_not_a_store(command: str, good: Path) -> None:
    for place in (good, good.parent, good.parent / "nowhere"):
        outcome = inside(command, place, "--json")
        refused(outcome)
        assert str(place) in outcome.err
        assert outcome.document["error"]["kind"] == "not-a-store"


def test_a_plan_that_cannot_be_written(good: Path) -> None:
    outcome = inside("compile", good, "-o", good.parent / "nowhere" / "plan.json")
    refused(outcome)
    assert "nowhere/plan.json" in outcome.err


@pytest.mark.parametrize("arguments", ["verify", "verify a.cat --frobnicate", "frobnicate", "explain syntx"])
def test_usage_errors(arguments: str) -> None:
    refused(inside(*arguments.split()))
