"""The index: what stands at a position, where it is declared, and what it is like."""

import pytest

from catlearn.theory.check import check_texts
from catlearn.theory.index import Index, index
from tests.theory.theories import QUICKSTART, checked


def place(text: str, words: str, inside: str) -> tuple[int, int]:
    """The line and column of some words inside other words, which occur once."""
    assert text.count(inside) == 1
    offset = text.index(inside) + inside.rindex(words)
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def index_of(text: str) -> Index:
    """The index of a text."""
    return index(checked(text))


QUICK = index_of(QUICKSTART)


@pytest.mark.parametrize(
    ("words", "inside", "type_", "declared"),
    [
        ("encoder", "map encoder", "map encoder : R[64] -> R[32]", "map encoder"),
        ("encoder", "params(encoder)", "map encoder : R[64] -> R[32]", "map encoder"),
        ("gd", "run gd ", "run gd : A@init -> A@gd, 16 seeds", "run gd "),
        ("gd", "cell slide          : gd", "run gd : A@init -> A@gd, 16 seeds", "run gd "),
        ("A", "run gd   : A@init", "object A = E * params(head), 2 blocks", "object A ="),
        (
            "digits",
            "from = digits.test",
            "dataset digits, R[64] in 10 classes, 1348 examples to train on and 449 to test",
            "dataset digits",
        ),
        ("enc", "map enc, inc", "map enc : A -> E", "map enc :"),
        ("resume", "claim resumes   : resume", "law resume : half >> rest == gd", "law resume"),
        ("half", "law resume : half", "run half : A@init -> A@mid, 16 seeds", "run half"),
        ("Rep", "L : Param -> Rep", "category Rep, interpreted, 1 object, 0 maps and 0 runs", "category Rep"),
        ("L", "shape     : L(", "functor L : Param -> Rep", "functor L"),
        ("basin", "ball by basin", "relation basin = dihomotopy", "relation basin"),
        ("slides", "claim slides", "claim slides : slide", "claim slides"),
    ],
)
def test_what_stands_at_a_position(words: str, inside: str, type_: str, declared: str) -> None:
    if QUICKSTART.count(inside) != 1:
        pytest.fail(f"{inside} occurs {QUICKSTART.count(inside)} times")
    line, column = place(QUICKSTART, words, inside)
    found = QUICK.at(line, column)
    assert found is not None
    assert found.type == type_
    assert found.declared.source.position(found.declared.start)[0] == place(QUICKSTART, words, declared)[0]
    assert QUICK.at(line, column + len(words) - 1) == found
    assert found.span.text == words


def test_where_no_name_is() -> None:
    line, column = place(QUICKSTART, "->", "R[64] -> R[32]")
    for position in ((line, column), (line, 0), (0, 1), (10_000, 1), (1, 10_000)):
        assert QUICK.at(*position) is None


def test_all_mentions() -> None:
    probe = "probe {} {{ from = d.test, size = 4 }}\n"
    found = index_of("dataset d { source = sklearn.iris }\n" + probe.format("X") + probe.format("Y"))
    places = [(span.source.position(span.start), span.text) for span in found.mentions_of(1, 9)]
    assert places == [((1, 9), "d"), ((2, 18), "d"), ((3, 18), "d")]
    assert found.mentions_of(2, 18) == found.mentions_of(1, 9)
    assert found.mentions_of(1, 1) == ()


def test_a_text_with_errors() -> None:
    text = (
        "dataset d { source = sklearn.iris }\nprobe X { from = d.test, size = }\nprobe Y { from = d.test, size = 5 }\n"
    )
    found = index_of(text).at(*place(text, "d", "Y { from = d.test"[9:] + ", size = 5"))
    assert found is not None
    assert found.type.startswith("dataset d, R[4] in 3 classes")


def test_imported_declarations() -> None:
    main = 'import "p.cat"\nprobe X { from = d.test, size = 5 }\n'
    found = index(check_texts("main.cat", main, {"p.cat": "# data\ndataset d { source = sklearn.iris }\n"}))
    use = found.at(2, 18)
    assert use is not None
    assert (use.declared.source.path, use.declared.source.position(use.declared.start)) == ("p.cat", (2, 9))
    declaration = found.at(2, 9, "p.cat")
    assert declaration is not None
    assert declaration.is_declaration


@pytest.mark.parametrize(
    ("words", "inside", "type_"),
    [
        ("sgd", "optimiser = sgd(lr", "optimiser sgd(lr, decay = 0), shipped"),
        ("gd", "A@init -> A@gd ", "point A@gd: the end of gd and of rest"),
        ("init", "run tune : F@init", "point F@init: drawn afresh by seed"),
        ("classes", ": classes(", "measure classes(runs, by): "),
        ("bottleneck", "by bottleneck", "distance bottleneck of representations"),
        ("relu", "linear(32) >> relu", "layer relu"),
        ("sklearn.digits", "source = sklearn.digits", "source sklearn.digits: 1797 examples of R[64] in 10 classes"),
    ],
)
def test_what_no_declaration_names(words: str, inside: str, type_: str) -> None:
    found = QUICK.at(*place(QUICKSTART, words, inside))
    assert found is not None
    assert found.type.startswith(type_)
    assert found.span.text == words


def test_a_checkpoint_is_declared_by_the_run_that_ends_there() -> None:
    found = QUICK.at(*place(QUICKSTART, "tuned", "F@tuned"))
    assert found is not None
    assert found.declared is not None
    assert found.declared.text == "tune"


def test_a_comment_names_nothing() -> None:
    assert index_of("# sgd\n" + QUICKSTART).at(1, 4) is None
