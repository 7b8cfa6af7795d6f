"""The verbs as functions: they return what the commands print, and raise what the commands report."""

from pathlib import Path

import pytest

import catlearn
from tests.cli.test_bad_input import GOOD, MISTAKES


def written(directory: Path, text: str) -> Path:
    path = directory / "spec.cat"
    path.write_text(text, encoding="utf-8")
    return path


def test_check_returns_the_theory_or_the_diagnostics(tmp_path: Path) -> None:
    assert set(catlearn.check(written(tmp_path, GOOD)).theory.claims) == {"learns"}  # type: ignore[union-attr]
    wrong = catlearn.check(written(tmp_path, MISTAKES["misspelt"][0]))
    assert wrong.theory is None
    assert [found.code for found in wrong.diagnostics] == ["unknown-name"]


def test_compile_returns_the_plan(tmp_path: Path) -> None:
    assert [job.name for job in catlearn.compile(written(tmp_path, GOOD)).train] == ["gd"]


@pytest.mark.parametrize("verb", [catlearn.compile, catlearn.run, catlearn.verify])
def test_a_specification_with_errors_is_refused_with_its_diagnostics(verb, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(catlearn.SpecificationError, match="did you mean `iris`") as raised:
        verb(written(tmp_path, MISTAKES["misspelt"][0]))
    assert [found.code for found in raised.value.diagnostics] == ["unknown-name"]


def test_run_trains_where_it_is_told_and_reports_progress(tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    place = tmp_path / "elsewhere"
    spec = written(tmp_path, GOOD)
    first = catlearn.run(spec, store=place, progress=lambda what, done, total: said.append((what, done, total)))
    again = catlearn.run(spec, store=place)
    assert [row.reused for row in first.runs] == [False] * 4
    assert [row.reused for row in again.runs] == [True] * 4
    assert first.store == str(place)
    assert said
    assert all(0 <= done <= total for _, done, total in said)
    assert not spec.with_suffix(".catlearn").exists()


def test_a_directory_that_is_not_a_store_is_refused(tmp_path: Path) -> None:
    from catlearn.verbs import NotAStore

    with pytest.raises(NotAStore, match="lacks"):
        catlearn.recheck(tmp_path)
    with pytest.raises(NotAStore, match="no such directory"):
        catlearn.report(tmp_path / "nowhere")


def test_the_verb_keeps_its_name_beside_the_package() -> None:
    import catlearn.report.numbers

    assert catlearn.report.__name__ == "report"
    assert callable(catlearn.report)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="frobnicate"):
        catlearn.frobnicate  # type: ignore[attr-defined]  # noqa: B018
    assert {"check", "verify", "recheck"} <= set(dir(catlearn))
