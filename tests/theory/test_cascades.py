"""One mistake, about one diagnostic: names misspelt and taken for others, numbers changed."""

import re
from collections import Counter
from pathlib import Path

import pytest

from catlearn.diagnostics import MOST_PLACES, Diagnostic, errors, render
from catlearn.theory.check import Checked, check_texts

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.cat"))
TEXT = (Path(__file__).parents[2] / "examples" / "quickstart.cat").read_text()


def checked(text: str) -> Checked:
    return check_texts("spec.cat", text, {})


def found(start: int, end: int, word: str) -> tuple[Diagnostic, ...]:
    """The errors of the text with another word at a place."""
    return tuple(errors(checked(TEXT[:start] + word + TEXT[end:]).diagnostics))


def uses() -> list[tuple[int, int, type]]:
    """Where names are used, each with the kind of what it means."""
    spans = {(use.identifier.span, type(use.entry.node)) for use in checked(TEXT).uses}
    return sorted(((span.start, span.end, kind) for span, kind in spans), key=lambda use: use[:2])


def test_a_misspelt_name_is_one_error() -> None:
    for start, end, _ in uses():
        diagnostics = found(start, end, f"{TEXT[start:end]}_")
        assert len(diagnostics) == 1, "\n".join(map(render, diagnostics))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_renamed_declaration_is_one_error_at_its_uses(example: Path) -> None:
    text = example.read_text()
    before = checked(text)
    for entry in (entry for entry in before.entries if entry.identifier.span.source.path == "spec.cat"):
        span = entry.identifier.span
        diagnostics = errors(checked(f"{text[: span.start]}{span.text}_renamed{text[span.end :]}").diagnostics)
        used = {use.identifier.span.text for use in before.uses if use.entry == entry}
        assert len(diagnostics) == min(1, len(used)), "\n".join(map(render, diagnostics))
        assert all(span.text in each.span.text for each in diagnostics)


def test_names_that_are_not_there_are_told_apart_by_name_and_by_kind() -> None:
    probes = "".join(f"probe X{n} {{ from = {name}.test, size = 4 }}\n" for n, name in enumerate(("d", "e", "d")))
    claims = "claim k : accuracy(d, on = d.test) >= 0.5\n"
    told = [each for each in checked(probes + claims).diagnostics if each.code == "unknown-name"]
    assert [(each.message.split(",")[0], len(each.labels)) for each in told] == [
        ("found `d`", 1),
        ("found `e`", 0),
        ("found `d`", 0),
    ]


def test_a_name_used_very_often_is_told_with_some_of_its_places_and_their_number() -> None:
    text = "".join(f"probe X{n} {{ from = d.test, size = 4 }}\n" for n in range(30))
    (told,) = errors(checked(text).diagnostics)
    assert told.message.endswith("required a dataset, here and in 29 more places")
    assert len(told.labels) == MOST_PLACES


def test_a_name_of_another_of_its_kind_is_seldom_more_than_one_error() -> None:
    names = [(entry.identifier.name, type(entry.node)) for entry in checked(TEXT).entries]
    counts = Counter(
        len(found(start, end, name))
        for start, end, kind in uses()
        for name, other in names
        if other is kind and name != TEXT[start:end]
    )
    assert max(counts) <= 4
    assert sum(counts[many] for many in counts if many > 1) <= 0.06 * counts.total()


def test_a_changed_number_is_at_most_an_error_at_each_of_two_uses() -> None:
    for number in re.finditer(r"(?<![\w.])\d+(?![\w.])", TEXT):
        diagnostics = found(*number.span(), str(int(number[0]) + 1))
        assert len(diagnostics) <= 2, "\n".join(map(render, diagnostics))


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("leg inc : F -> A", "leg inc : F -> E", "composition"),
        ("pullback F of enc : A -> E", "pullback F of enc : E -> E", "composition"),
        ("object A = E * params(head)", "object A = E * params(encoder)", "duplicate-name"),
        ("object A, E, F |-> Z", "object A, F |-> Z", "functor-partial"),
        ("object A, E, F |-> Z", "object A, E, G |-> Z", "functor-extra"),
        ("run ball : A@init -> A@ball { like = gd", "run ball : A@init -> A@ball { lik = gd", "unknown-field"),
        ("theta |-> theta, v |-> lr * v", "theta |-> thet, v |-> lr * v", "unknown-name"),
        ("theta |-> theta, v |-> lr * v", "theta |-> theta, vv |-> lr * v", "cell-types"),
        ("state v = 0", "state vv = 0", "field-type"),
        ("object Z = cloud(", "object Z = clud(", "unknown-name"),
    ],
)
def test_one_mistake_one_error(written: str, instead: str, code: str) -> None:
    assert written in TEXT
    diagnostics = errors(checked(TEXT.replace(written, instead)).diagnostics)
    assert [diagnostic.code for diagnostic in diagnostics] == [code], "\n".join(map(render, diagnostics))


LANDSCAPES = """landscape hill(x, y) on [-2, 2]^2 = exp(-x^2 - y^2)
landscape wells(x, y) on [-2, 2]^2 = (x^2 - 1)^2 + y^2
category C {
  object A = params(hill)
  object D = params(wells)
  run over  : A@west -> A@east { path = [[-1, 0], [0, 1], [1, 0]] }
  run under : A@west -> A@east { path = [[-1, 0], [0, -1], [1, 0]] }
  run right : D@b -> D@right { start = [0.5, 1.5], optimiser = sgd(lr = 0.05), steps = 60 }
  run fast  : D@b -> D@fast  { like = right, optimiser = heavy_ball(lr = 0.02, m = 0.5) }
}
relation valley = homotopy { region = sublevel(0.9), ends = rel }
relation low    = connected { level = 0.3 }
cell around : over => under by valley
cell joined : right => fast by low
claim both : around and joined
"""


def test_the_landscapes_are_in_order() -> None:
    assert not checked(LANDSCAPES).diagnostics


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("A@east { path = [[-1, 0], [0, 1]", "A@east { paht = [[-1, 0], [0, 1]", "unknown-field"),
        ("{ start = ", "{ strt = ", "unknown-field"),
        ("steps = 60", "step = 60", "unknown-field"),
        ("region = ", "regio = ", "unknown-field"),
        ("ends = rel", "end = rel", "unknown-field"),
        ("level = ", "levl = ", "unknown-field"),
        ("run right : D@b", "run right : B@b", "unknown-name"),
        ("run fast  : D@b", "run fast  : B@b", "unknown-name"),
        ("params(wells)", "params(well)", "unknown-name"),
        ("landscape wells(x, y) on", "landscape wells(x, z) on", "unknown-name"),
    ],
)
def test_one_mistake_on_a_landscape_is_one_error(written: str, instead: str, code: str) -> None:
    assert written in LANDSCAPES
    diagnostics = errors(checked(LANDSCAPES.replace(written, instead)).diagnostics)
    assert [diagnostic.code for diagnostic in diagnostics] == [code], "\n".join(map(render, diagnostics))
