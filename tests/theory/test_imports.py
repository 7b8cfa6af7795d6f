"""Imports: names of other files, cycles, files that are missing or broken, and paths that leave the project."""

import os
from pathlib import Path

import pytest

from catlearn.diagnostics import Diagnostic
from catlearn.plan.describe import describe
from catlearn.plan.digests import theory_digest
from catlearn.plan.lower import lower
from catlearn.theory.check import Checked, check_file, check_texts

DATA = "dataset d { source = sklearn.iris }\n"
MAPS = "map f : R[4] -> R[3] = linear(3)\n"
SPACES = """category P {
  object A = params(f)
  run a : A@init -> A@a { net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                          epochs = 2, seeds = 0..3 }
}
"""
CLAIM = "claim good : accuracy(a, on = d.test) >= 0.5\n"


def written(folder: Path, files: dict[str, str]) -> Checked:
    """Check `main.cat` among some files."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return check_file(folder / "main.cat")


def shown(found: Diagnostic) -> tuple[str, str, str]:
    """A diagnostic as its code, its file and the text at its place."""
    return found.code, Path(found.span.source.path).name, found.span.text


def codes(checked: Checked) -> list[tuple[str, str, str]]:
    """The diagnostics of a check."""
    return [shown(found) for found in checked.diagnostics]


def test_declarations_of_other_files(tmp_path: Path) -> None:
    checked = written(
        tmp_path,
        {
            "main.cat": CLAIM + 'import "parts/spaces.cat"\n',
            "parts/spaces.cat": SPACES + 'import "../data.cat"\nimport "maps.cat"\n',
            "parts/maps.cat": MAPS,
            "data.cat": DATA,
        },
    )
    assert codes(checked) == []
    whole = check_texts("main.cat", DATA + MAPS + SPACES + CLAIM, {})
    assert checked.theory is not None
    assert whole.theory is not None
    assert theory_digest(checked.theory) == theory_digest(whole.theory)


def test_a_diamond_is_read_once(tmp_path: Path) -> None:
    checked = written(
        tmp_path,
        {
            "main.cat": 'import "left.cat"\nimport "right.cat"\n' + SPACES + CLAIM,
            "left.cat": 'import "data.cat"\n' + MAPS,
            "right.cat": 'import "./data.cat"\nprobe X { from = d.test, size = 4 }\n',
            "data.cat": DATA,
        },
    )
    assert [code for code, *_ in codes(checked)] == []
    assert len(checked.sources) == 4


def test_a_file_does_not_see_its_importer(tmp_path: Path) -> None:
    checked = written(tmp_path, {"main.cat": 'import "p.cat"\n' + DATA + MAPS, "p.cat": SPACES})
    assert codes(checked) == [
        ("unknown-name", "p.cat", "f"),
        ("unknown-name", "p.cat", "d"),
    ]


def test_clashes_are_qualified(tmp_path: Path) -> None:
    other = DATA.replace("iris", "digits")
    files = {"main.cat": 'import "p.cat"\nimport "q.cat"\n' + MAPS + SPACES + CLAIM, "p.cat": DATA, "q.cat": other}
    assert ("ambiguous-name", "main.cat", "d") in codes(written(tmp_path, files))
    files["main.cat"] = files["main.cat"].replace("data = d,", "data = p.d,").replace("d.test", "p.d.test")
    checked = written(tmp_path, files)
    assert codes(checked) == []
    assert checked.theory is not None
    assert sorted(checked.theory.datasets) == ["p.d", "q.d"]


def test_a_name_that_no_other_file_declares_may_be_qualified_too(tmp_path: Path) -> None:
    main = 'import "p.cat"\n' + (MAPS + SPACES + CLAIM).replace("data = d,", "data = p.d,")
    assert codes(written(tmp_path, {"main.cat": main, "p.cat": DATA})) == []


def test_clashing_categories(tmp_path: Path) -> None:
    main = (
        'import "p.cat"\n' + SPACES + "claim more : accuracy(p.P.a, on = d.test) >= accuracy(main.P.a, on = d.test)\n"
    )
    checked = written(tmp_path, {"main.cat": main, "p.cat": DATA + MAPS + SPACES})
    assert codes(checked) == []
    assert checked.theory is not None
    assert sorted(checked.theory.runs) == ["main.P.a", "p.P.a"]


def test_clashing_claims(tmp_path: Path) -> None:
    main = 'import "p.cat"\n' + CLAIM
    checked = written(tmp_path, {"main.cat": main, "p.cat": DATA + MAPS + SPACES + CLAIM})
    assert checked.theory is not None
    assert sorted(checked.theory.claims) == ["main.good", "p.good"]


def test_a_second_declaration_in_one_imported_file(tmp_path: Path) -> None:
    checked = written(tmp_path, {"main.cat": 'import "p.cat"\n' + MAPS + SPACES + CLAIM, "p.cat": DATA + DATA})
    assert codes(checked) == [("duplicate-name", "p.cat", "d")]


def test_cycles(tmp_path: Path) -> None:
    files = {"main.cat": DATA + 'import "p.cat"', "p.cat": 'import "q.cat"', "q.cat": 'import "main.cat"'}
    checked = written(tmp_path, files)
    assert codes(checked) == [("import-cycle", "main.cat", '"p.cat"')]
    assert "`main.cat` → `p.cat` → `q.cat` → `main.cat`" in checked.diagnostics[0].message
    assert len(checked.diagnostics[0].labels) == 2


def test_a_cycle_that_the_first_file_is_not_on(tmp_path: Path) -> None:
    files = {"main.cat": DATA + 'import "p.cat"', "p.cat": 'import "q.cat"', "q.cat": 'import "p.cat"'}
    assert codes(written(tmp_path, files)) == [("import-cycle", "p.cat", '"q.cat"')]


def test_a_missing_file(tmp_path: Path) -> None:
    assert codes(written(tmp_path, {"main.cat": 'import "p.cat"\n' + DATA})) == [("unreadable", "main.cat", '"p.cat"')]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "p.cat").write_bytes(b"\xff\xfe\x00")
    assert codes(written(tmp_path, {"main.cat": 'import "p.cat"\n' + DATA})) == [("unreadable", "main.cat", '"p.cat"')]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cat")
    checked = written(tmp_path, {"main.cat": f'import "pipe.cat"\n{DATA}'})
    assert codes(checked)[0] == ("unreadable", "main.cat", '"pipe.cat"')


def test_a_broken_file_shows_its_own_mistakes(tmp_path: Path) -> None:
    checked = written(tmp_path, {"main.cat": 'import "p.cat"\n' + MAPS + SPACES, "p.cat": "dataset d { source = }\n"})
    assert codes(checked) == [("broken-import", "main.cat", '"p.cat"'), ("syntax", "p.cat", "}")]


def test_errors_of_an_imported_file_are_shown_there(tmp_path: Path) -> None:
    checked = written(tmp_path, {"main.cat": 'import "p.cat"\n', "p.cat": "dataset d { source = sklearn.irs }\n"})
    assert codes(checked) == [("missing-data", "p.cat", "sklearn.irs")]


@pytest.mark.parametrize("path", ["../p.cat", "/p.cat", "sub/../../p.cat", "..", "C:/p.cat"])
def test_paths_out_of_the_project(tmp_path: Path, path: str) -> None:
    (tmp_path / "p.cat").write_text(DATA)
    checked = written(tmp_path / "project", {"main.cat": f'import "{path}"\n' + DATA})
    assert codes(checked) == [("import-outside", "main.cat", f'"{path}"')]


@pytest.mark.parametrize("link", ["p.cat", "sub"])
def test_links_are_not_followed(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "p.cat").write_text(DATA)
    project = tmp_path / "project"
    project.mkdir()
    path = "p.cat" if link == "p.cat" else "sub/p.cat"
    (project / link).symlink_to(outside / "p.cat" if link == "p.cat" else outside)
    assert codes(written(project, {"main.cat": f'import "{path}"\n'})) == [("import-outside", "main.cat", f'"{path}"')]


def test_what_an_import_does_not_use(tmp_path: Path) -> None:
    files = {
        "main.cat": 'import "p.cat"\n' + DATA + MAPS + SPACES + CLAIM,
        "p.cat": "probe X { from = e.test, size = 4 }\n",
    }
    files["p.cat"] += DATA.replace("dataset d", "dataset e")
    checked = written(tmp_path, files)
    assert codes(checked) == [("unused", "main.cat", '"p.cat"')]


def test_a_theory_document_is_read_back(tmp_path: Path) -> None:
    files = {
        "main.cat": 'import "sub/p.cat"\n' + CLAIM,
        "sub/p.cat": 'import "../d.cat"\n' + MAPS + SPACES,
        "d.cat": DATA,
    }
    theory = written(tmp_path, files).theory
    assert theory is not None
    document = describe(theory)
    again = check_texts(document.specification, document.text, {found.path: found.text for found in document.imports})
    assert again.theory is not None
    assert describe(again.theory) == document
    assert lower(again.theory) == lower(theory)
