"""A mistake hides nothing but itself: what stands around it is in the tree, and no diagnostic is about it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.syntax.parse import Parsed
from catlearn.syntax.tokens import tokenise
from tests.syntax.reading import DESIGN, bare, only, parsed

GOOD = [entry.span.text for entry in parsed(DESIGN).tree.declarations]
BROKEN = [
    "dataset",
    "dataset { source = x }",
    "dataset broken { source = }",
    "dataset broken { source : x }",
    "dataset broken { source = x",
    "dataset broken source = x }",
    "map broken : A -> = linear(3)",
    "map broken : A => B = linear(3)",
    "map broken = linear((3)",
    "optimiser broken(lr) { v = lr * g }",
    "optimiser broken(lr { v' = lr * g }",
    "category broken { object }",
    "category broken { object A = { }",
    "run broken : A@ -> A@b { like = gd }",
    "functor broken : Param -> Rep { object A -> Z }",
    "pullback broken of enc A -> E along enc(A@gd)",
    "relation broken = { slack = 1 }",
    "cell broken : gd => ball",
    "claim broken : x ~ y within",
    "claim broken : x ~ y and",
    "claim broken : x and within 1%",
    "import",
    "import broken",
    "landscape broken(x) = x",
    "landscape broken(x on [0, 1] = x",
    "landscape broken(x) on [0, 1",
    "transformation broken : F => { A |-> f }",
    "transformation broken : F => G { A |-> f",
    "transformation broken F => G { A f }",
    "functor broken = ",
    "functor broken : F >> G",
    "cell broken = c1 >>",
    "pullback broken of enc : A -> E along other : B -> { leg p : broken -> A }",
    "claim broken : x ~ y within 1% expect",
    'claim broken : f("x)',
    "banana split { a = 1 }",
    "}",
    "dataset broken { } }",
    "; , ) ] θ",
]


def keeps(good: list[str], result: Parsed) -> bool:
    """Whether all declarations that are in order stand in the tree, in their order."""
    wanted = [bare(only(text)) for text in good]
    kept = [bare(entry) for entry in result.tree.declarations]
    return [entry for entry in kept if entry in wanted] == wanted


@given(st.data())
def test_a_broken_declaration_hides_no_other(data: st.DataObject) -> None:
    broken = data.draw(st.sampled_from(BROKEN))
    position = data.draw(st.integers(0, len(GOOD)))
    before, after = "\n".join(GOOD[:position]), "\n".join(GOOD[position:])
    result = parsed(f"{before}\n{broken}\n{after}")
    assert keeps(GOOD, result)
    lines = {found.span.source.position(found.span.start)[0] for found in result.diagnostics}
    first = before.count("\n") + 2
    assert lines <= {first - 1, first, first + 1}
    assert lines


def test_a_parse_that_stops_at_the_first_mistake_is_noticed() -> None:
    result = parsed("\n".join(GOOD))
    assert keeps(GOOD, result)
    shortened = replace(result.tree, declarations=result.tree.declarations[:-1])
    assert not keeps(GOOD, replace(result, tree=shortened))


ITEMS = {
    "category C { %s }": (
        ["object A, B", "map f : A -> B", "run r : A@s -> B@t { a = 1 }", "law l : f == f"],
        "law : x",
    ),
    "functor F : C -> D { %s }": (
        ["object A |-> Z", "map f, g |-> id(Z) by h", "run * |-> trace(every = 1)"],
        "map |-> x",
    ),
    "pullback P of f : A -> E along g { %s }": (["leg p : P -> A", "freeze E { mode = eval }"], "leg p : P -> "),
    "optimiser o(lr) { %s }": (["state v = 0", "v' = lr * g", "theta' = theta - v'"], "state = ="),
    "run r : A -> B { %s }": (["a = 1", "b = f(x, y = 2)", "c = 0..3", "d = 2 epochs"], "e = ["),
    "transformation n : F => G { %s }": (["A |-> f", "B |-> g >> h", "C.D |-> id(Z)"], "E |-> ^"),
    "cell c : x => y strict { %s }": (["v |-> w", "assume constant(lr)", "u |-> 2 * w"], "z |-> ^"),
}


@given(st.data())
def test_a_broken_item_hides_no_other(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(sorted(ITEMS)))
    items, broken = ITEMS[block]
    position = data.draw(st.integers(0, len(items)))
    result = parsed(block % "\n".join([*items[:position], broken, *items[position:]]))
    (kept,) = result.tree.declarations
    assert bare(kept) == bare(only(block % "\n".join(items)))
    assert len(result.diagnostics) == 1
    assert kept.name.name in result.incomplete


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("dataset d { source = }", {"d"}),
        ("dataset { source = x }", set()),
        ("category C { object A, B = ^ }", {"C", "A", "B"}),
        ("category C { map f, g : A B law l : f == g }", {"C", "f", "g"}),
        ("category { object A law l : f == g }", {"A", "l"}),
        ("banana split { }", {"split"}),
        ("landscape l(x) = x", {"l"}),
        ("transformation n : F => G { A |-> }", {"n"}),
        ("functor H : F >> G", {"H"}),
        ("import other.cat", set()),
        ("map f : A -> B = linear(3) linear(4)", {"f"}),
        ("map f : A => B = linear(3)", set()),
        ("pullback P of f : A -> E along g { leg p : P -> }", {"P", "p"}),
    ],
)
def test_names_of_what_is_missing_are_incomplete(text: str, names: set[str]) -> None:
    result = parsed(text)
    assert result.diagnostics
    assert result.incomplete == names


def test_the_path_of_an_import_is_kept_without_its_quotes() -> None:
    for wrong in ("import other.cat", 'inport "other.cat"'):
        result = parsed(f"dataset d {{ }}\n{wrong}\nclaim c : d")
        (found,) = result.diagnostics
        assert found.hints
        assert [bare(entry) for entry in result.tree.declarations][1] == bare(only('import "other.cat"'))


def test_what_can_be_put_right_is_kept_as_if_it_were_right() -> None:
    wrong = parsed("categroy C {\n objct A\n map f = A → A\n law l : f = f >> f;\n}\nclaim c : l expct exact")
    right = parsed("category C {\n object A\n map f : A -> A\n law l : f == f >> f\n}\nclaim c : l expect exact")
    assert len(wrong.diagnostics) == 7
    assert bare(wrong.tree) == bare(right.tree)
    assert wrong.incomplete == frozenset()


BRACES = [token.start for token in tokenise(DESIGN) if token.text in "{}"]


@pytest.mark.parametrize("brace", BRACES)
def test_one_brace_too_few_is_one_mistake(brace: int) -> None:
    result = parsed(DESIGN[:brace] + " " + DESIGN[brace + 1 :])
    assert len(result.diagnostics) == 1
    assert "{" in result.diagnostics[0].message or "}" in result.diagnostics[0].message


@pytest.mark.parametrize("line", range(1, DESIGN.count("\n") + 1))
def test_one_line_of_noise_stays_on_its_line(line: int) -> None:
    lines = DESIGN.split("\n")
    result = parsed("\n".join([*lines[:line], "  ) = ?", *lines[line:]]))
    assert {found.span.source.position(found.span.start)[0] for found in result.diagnostics} == {line + 1}
