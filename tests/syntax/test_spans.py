"""Every node knows its text: it lies in its parent's, and the text of an expression spells that expression."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catlearn.source import Span
from catlearn.syntax import tree
from tests.syntax.reading import DESIGN, bare, children, expression, expressions, nodes, parsed

names = st.sampled_from(["a", "lr", "theta", "Param.gd", "runner", "x_1"])
gaps = st.sampled_from(["", " ", "\n", "  # comment\n"])
leaves = st.one_of(
    names,
    st.sampled_from(["0", "1.5", "2e-3", "1 epoch", "3%", '"text"', "v'", "R[3, 4]", "A@gd", "f()"]),
)


def _joined(parts: tuple[str, ...]) -> str:
    return "".join(parts)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from([" + ", " - ", "*", " / ", " ^ ", ">>", "..", "\n-\n"])
    grouped = st.tuples(st.just("("), gaps, inner, gaps, st.just(")")).map(_joined)
    return st.one_of(
        grouped,
        st.tuples(grouped, operators, grouped).map(_joined),
        st.tuples(leaves, st.sampled_from([" - ", " * ", " ^ "]), leaves, st.just(" - "), leaves).map(_joined),
        st.tuples(st.sampled_from(["-", "- -"]), grouped).map(_joined),
        st.tuples(names, st.just("("), inner, st.just(", "), st.just("on = "), inner, gaps, st.just(")")).map(_joined),
        st.tuples(names, st.just("["), inner, st.just("]")).map(_joined),
    )


texts = st.recursive(leaves, _larger, max_leaves=12)


def lies_inside(node: Any) -> bool:
    """Whether every node below lies in its parent's span, and in none that overlaps a sibling's."""
    inner = sorted(children(node), key=lambda child: (child.span.start, child.span.end))
    inside = all(node.span.start <= child.span.start < child.span.end <= node.span.end for child in inner)
    apart = all(left.span.end <= right.span.start for left, right in pairwise(inner))
    return inside and apart and all(map(lies_inside, inner))


def spells(node: tree.Expression) -> bool:
    """Whether the text of an expression, read by itself, is that expression."""
    return bare(expression(node.span.text)) == bare(node)


@given(texts)
def test_expressions(text: str) -> None:
    found = expression(text)
    assert lies_inside(found)
    assert all(spells(inner) for inner in expressions(found))


def test_the_design_example() -> None:
    specification = parsed(DESIGN).tree
    assert specification.span.text == DESIGN
    assert lies_inside(specification)
    assert all(spells(inner) for inner in expressions(specification))


def test_identifiers_are_their_text() -> None:
    for node in nodes(parsed(DESIGN).tree):
        if isinstance(node, tree.Identifier):
            assert node.span.text.rstrip("'") == node.name


def test_a_span_too_wide_or_too_narrow_is_noticed() -> None:
    found = expression("a + b * c")
    assert isinstance(found, tree.Binary)
    source = found.span.source
    assert not lies_inside(replace(found, span=found.right.span))
    assert not spells(replace(found, span=Span(source, found.span.start, found.span.end - 4)))
