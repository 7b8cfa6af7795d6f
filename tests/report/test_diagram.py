"""The diagram of the categories, for theories of every kind: formal ones, cycles, loops, laws without a side."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.plan.theory_document import (
    ArrowDocument,
    CategoryDocument,
    CellDocument,
    FunctorDocument,
    LawDocument,
    ObjectDocument,
    TheoryDocument,
)
from catlearn.report.diagram import categories
from catlearn.report.globes import strict_cells
from catlearn.report.labels import Box, Label, overlap
from catlearn.report.spaces import Placed, panel
from catlearn.report.squares import pullback_squares
from tests.report.workshop import theory

OBJECTS = ("A", "B", "C")
POINTS = ("A@init", "A@mid", "A@end", "B@init", "B@end")


def ends(places: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.sampled_from(places), st.sampled_from(places))


def whole(found: tuple[CategoryDocument, ...], cells: tuple[CellDocument, ...] = ()) -> TheoryDocument:
    functors = (FunctorDocument(name="G", source=found[0].name, target=found[-1].name, images=(("A", "A"),)),)
    return theory().model_copy(update={"categories": found, "functors": functors, "cells": cells, "pullbacks": ()})


def shown(document: TheoryDocument) -> set[str]:
    """The words of the diagram, which must be well-formed."""
    figure = categories(document, {})
    assert figure is not None
    drawing = ElementTree.fromstring(str(figure.picture))
    width, height = float(drawing.get("width", "")), float(drawing.get("height", ""))
    for node in drawing.iter("text"):
        assert 0 <= float(node.get("x", "")) <= width
        assert 0 <= float(node.get("y", "")) <= height
    return {word for node in drawing.iter("text") for word in (node.text or "").split()}


def arrows(kind: str, name: str, pairs: list[tuple[str, str]]) -> list[ArrowDocument]:
    return [
        ArrowDocument.model_validate({"name": f"{name}{index}", "kind": kind, "source": source, "target": target})
        for index, (source, target) in enumerate(pairs)
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(ends(OBJECTS), max_size=5), st.lists(ends(POINTS), max_size=6), st.data())
def test_every_name_of_an_interpreted_category_is_drawn(
    maps: list[tuple[str, str]], runs: list[tuple[str, str]], data: st.DataObject
) -> None:
    inside = [(source, target) for source, target in runs if source[0] == target[0]]
    found = [*arrows("structural", "f", maps), *arrows("run", "run", inside)]
    sides = st.lists(st.sampled_from([arrow.name for arrow in found] or ["f"]), max_size=2).map(tuple)
    laws = (LawDocument(name="law", left=data.draw(sides), right=data.draw(sides)),)
    objects = tuple(ObjectDocument(name=name, kind="parameters", definition="params(x)") for name in OBJECTS)
    category = CategoryDocument(name="Param", objects=objects, arrows=tuple(found), laws=laws)
    cell = CellDocument(name="cell", kind="relation", source="run0", target="run1", by="basin")
    words = shown(whole((category,), (cell,)))
    assert words >= {"Param", *OBJECTS, *(arrow.name for arrow in found)}


@settings(max_examples=30, deadline=None)
@given(st.lists(ends(OBJECTS), max_size=6))
def test_every_name_of_a_formal_category_is_drawn(pairs: list[tuple[str, str]]) -> None:
    objects = tuple(ObjectDocument(name=name, kind="formal", definition="") for name in OBJECTS)
    category = CategoryDocument(name="C", objects=objects, arrows=tuple(arrows("formal", "f", pairs)), laws=())
    assert shown(whole((category,))) >= {"C", *OBJECTS, *(f"f{index}" for index in range(len(pairs)))}


def test_an_empty_category_and_no_category() -> None:
    empty = CategoryDocument(name="Empty", objects=(), arrows=(), laws=())
    assert "Empty" in shown(whole((empty,)))
    assert categories(theory().model_copy(update={"categories": (), "functors": ()}), {}) is None


def test_a_refuted_law_is_not_marked_as_holding() -> None:
    figure = categories(theory(), {"resume": "unmet", "slide": "open"})
    assert figure is not None
    text = "".join(ElementTree.fromstring(str(figure.picture)).itertext())
    assert "= resume ✗" in text
    assert "slide ?" in text


def test_squares_and_cells_say_what_they_are() -> None:
    (square,) = pullback_squares(theory())
    (cell,) = strict_cells(theory(), {"sutskever_form": "met"})
    drawing = ElementTree.fromstring(str(square.picture))
    assert [node.get("class") for node in drawing.iter("path")].count("corner") == 1
    assert {"F", "A", "E", "1", "inc", "enc", "enc(A@gd)"} <= {node.text for node in drawing.iter("text")}
    assert "theta |-> theta, v |-> lr * v" in cell.caption
    assert "sutskever_form ✓" in "".join(ElementTree.fromstring(str(cell.picture)).itertext())


# Three runs between two points, and cells between each two of them.

TRIPLE = (("first", 0, 1), ("second", 0, 2), ("third", 2, 1), ("fourth", 1, 2), ("fifth", 2, 0))


def with_cells(count: int) -> dict[str, Box]:
    """What each name of runs and of so many cells between them covers, where it is drawn."""
    runs = arrows("run", "descent", [("A@init", "A@end")] * 3)
    cells = tuple(
        CellDocument(name=name, kind="relation", source=runs[left].name, target=runs[right].name, by="basin")
        for name, left, right in TRIPLE[:count]
    )
    document = CategoryDocument(
        name="P",
        objects=(ObjectDocument(name="A", kind="parameters", definition="params(f)"),),
        arrows=tuple(runs),
        laws=(),
    )
    figure = categories(whole((document,), cells).model_copy(update={"functors": ()}), {})
    assert figure is not None
    drawing = ElementTree.fromstring(str(figure.picture))
    named = {node.text or "": node for node in drawing.iter("text")}
    wanted = [*(run.name for run in runs), *(cell.name for cell in cells)]
    return {name: covered(name, named[name]) for name in wanted}


def covered(name: str, node: ElementTree.Element) -> Box:
    return Label(name, float(node.get("x", "")), float(node.get("y", "")), node.get("text-anchor", "start")).box


def colliding(boxes: dict[str, Box]) -> list[tuple[str, str]]:
    return [(one, other) for one, other in combinations(boxes, 2) if overlap(boxes[one], boxes[other]) > 0]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_cells_between_three_runs_are_named_clear_of_each_other(count: int) -> None:
    assert colliding(with_cells(count)) == []


def test_saboteur_cells_in_a_third_of_the_width_collide() -> None:
    squeezed = {
        name: (left / 3, top, left / 3 + right - left, bottom)
        for name, (left, top, right, bottom) in with_cells(5).items()
    }
    assert colliding(squeezed) != []


# Thirty arrows: nine commuting squares, and long arrows across them.

SIZE = 4
ACROSS = [(f"r{i}{j}", f"X{i}{j}", f"X{i}{j + 1}") for i in range(SIZE) for j in range(SIZE - 1)]
DOWN = [(f"d{i}{j}", f"X{i}{j}", f"X{i + 1}{j}") for i in range(SIZE - 1) for j in range(SIZE)]
LONG = [("p", "X00", "X33"), ("q", "X00", "X33"), ("u", "X00", "X33"), ("back", "X33", "X00"), ("side", "X00", "X03")]
LAWS = [
    (f"s{i}{j}", (f"r{i}{j}", f"d{i}{j + 1}"), (f"d{i}{j}", f"r{i + 1}{j}"))
    for i in range(SIZE - 1)
    for j in range(SIZE - 1)
]


def thirty() -> Placed:
    nodes = [f"X{i}{j}" for i in range(SIZE) for j in range(SIZE)]
    found = [
        ArrowDocument(name=name, kind="formal", source=source, target=target)
        for name, source, target in (*ACROSS, *DOWN, *LONG)
    ]
    drawn = panel("", "", nodes, found, (), LAWS)
    return Placed(drawn, 0.0, 0.0, drawn.width)


def outside(placed: Placed) -> set[str]:
    """The arrows that leave the panel."""
    return {
        name
        for name, points in placed.routes().items()
        for x, y in points
        if not (0 <= x <= placed.width and 0 <= y <= placed.panel.height)
    }


def across_names(placed: Placed) -> set[str]:
    """The arrows that run through the middle of the name of a point that is none of their ends."""
    ends = {arrow.name: (arrow.source, arrow.target) for arrow in placed.panel.arrows}
    return {
        name
        for name, points in placed.routes().items()
        for node, (left, top, right, bottom) in placed.nodes().items()
        if node not in ends[name]
        for x, y in points
        if left + 8 < x < right - 8 and top + 6 < y < bottom - 6
    }


def test_long_arrows_stay_inside_and_run_through_no_name() -> None:
    placed = thirty()
    assert len(placed.panel.bends) == len(ACROSS) + len(DOWN) + len(LONG)
    assert outside(placed) == set()
    assert across_names(placed) == set()
    assert all(placed.panel.bends[name] == 0 for name, _, _ in (*ACROSS, *DOWN))


def test_saboteur_straight_arrows_run_through_names_and_bent_ones_leave_a_panel_without_room() -> None:
    placed = thirty()
    straight = replace(placed.panel, bends=dict.fromkeys(placed.panel.bends, 0.0))
    assert across_names(replace(placed, panel=straight)) >= {"p", "q", "u", "back", "side"}
    assert {"u", "back"} & outside(replace(placed, y=-placed.panel.overhang[1], x=-placed.panel.overhang[0]))
