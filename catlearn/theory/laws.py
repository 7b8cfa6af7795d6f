"""Laws: parallel composites of arrows that are to be equal.

In a formal category they are composites of its generators. In an interpreted one they are composites of runs, which
meet at points `A@t`, and of structural maps, which carry a point `A@t` of their source to a point `f(A@t)` of their
target: a run and then a map is the map and then the image of the run (DESIGN 3). Where only maps stand, the blocks say
whether the law holds; where runs stand too, the maps of both sides must be the same on blocks, and the law is about the
images of the runs.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from catlearn.category import blocks as mathematics
from catlearn.category import integral
from catlearn.category.blocks import BlockMap
from catlearn.category.path import Arrow, gaps
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT, Architecture, Value
from catlearn.theory.fields import of_call
from catlearn.theory.names import ARROWS, OBJECTS, Entry, Kinds, Scope, bare, in_words
from catlearn.theory.points import ID, Ends, Laws, point_text
from catlearn.theory.rules import broken_law, composition, field_type, not_parallel
from catlearn.theory.spaces import Nature, category_nature
from catlearn.theory.theory import CarriedRun, Law, StructuralMap, Theory
from catlearn.theory.values import identifier, parts, shown


class Side(NamedTuple):
    """One side of a law: where it starts and ends in words, and its arrows, none for an identity.

    `space` is the space, or the object, where it starts."""

    start: str
    end: str
    arrows: tuple[str, ...]
    space: str


def laws(scope: Scope, theory: Theory, arch: Architecture, ends: Mapping[str, Ends]) -> Mapping[str, Law]:
    """The laws of a specification: parallel paths of arrows that compose."""
    known = Known(arch, theory.structural_maps, {**ends, **_formal_ends(scope, theory.structural_maps)})
    found = ((entry, _law(scope, known, entry, node)) for entry, node in scope.of(tree.Law))
    return Laws((entry.name, law) for entry, law in found if law)


class Known(NamedTuple):
    """What laws are made of: structural maps on blocks, and the ends of runs and of formal generators."""

    arch: Architecture
    maps: Mapping[str, StructuralMap]
    ends: Mapping[str, Ends]

    def carries(self, name: str) -> bool:
        """Whether an arrow is a structural map of an interpreted category."""
        return name in self.arch.arrows and name in self.maps


def _formal_ends(scope: Scope, maps: Mapping[str, StructuralMap]) -> Mapping[str, Ends]:
    """The ends of the arrows of formal categories."""
    found: dict[str, Ends] = {}
    for entry, node in scope.of(tree.Generator):
        arrow = maps.get(entry.name)
        if arrow and node.definition is None:
            found[entry.name] = Ends((arrow.source, ""), (arrow.target, ""), entry, (node.source, node.target))
    return found


def _law(scope: Scope, known: Known, entry: Entry, node: tree.Law) -> Law | None:
    if entry.category is None:
        return None
    formal = category_nature(scope, entry.category) is Nature.FORMAL
    kinds: Kinds = ARROWS if formal else (tree.Run, *ARROWS)
    read = [_parts(scope, known, entry, written, kinds, formal) for written in (node.left, node.right)]
    if read[0] is None or read[1] is None:
        return None
    if any(known.carries(part.name) for side in read for part in side or ()):
        return _carried(scope, known, entry, node, (read[0], read[1]))
    left, right = _side(scope, known, read[0]), _side(scope, known, read[1])
    if left is None or right is None:
        return None
    if (left.start, left.end) != (right.start, right.end):
        _apart(scope, node, left, right)
        return None
    start = next((side.space for side in (left, right) if side.arrows), "")
    return Law(entry.name, entry.category, left.arrows, right.arrows, node.name.span, start)


def _apart(scope: Scope, node: tree.Law, left: Side, right: Side) -> None:
    texts = [f"`{side.start} → {side.end}`" for side in (left, right)]
    scope.report(not_parallel.of(texts[0], node.left.span, texts[1], node.right.span))


# Parts, as they are written.


class Part(NamedTuple):
    """A part of a composite: an arrow by name, or an identity, which has none, of an object."""

    span: Span
    name: str
    place: str


def _parts(
    scope: Scope, known: Known, entry: Entry, written: tree.Expression, kinds: Kinds, formal: bool
) -> tuple[Part, ...] | None:
    """The arrows of a composite; None, reported, where one is none."""
    if not all(identifier(part) or (formal and _is_identity(part)) for part in parts(written)):
        scope.report(field_type.found(shown(written.span), f"{in_words(kinds)} or several, composed", written.span))
        return None
    found = [_part(scope, known, entry, part, kinds) for part in parts(written)]
    whole = tuple(part for part in found if part)
    return whole if len(whole) == len(found) else None


def _is_identity(written: tree.Expression) -> bool:
    return isinstance(written, tree.Call) and written.function.name == "id"


def _part(scope: Scope, known: Known, entry: Entry, written: tree.Expression, kinds: Kinds) -> Part | None:
    if isinstance(written, tree.Call):
        of = of_call(scope, written, ID).take("object", identifier, "an object")
        place = scope.find(of, OBJECTS, entry.category) if of else None
        return Part(written.span, "", place.identifier.name) if place else None
    name = identifier(written)
    found = scope.find(name, kinds, entry.category) if name else None
    if found is None or not (found.name in known.ends or known.carries(found.name)):
        return None
    return Part(written.span, found.name, "")


def _side(scope: Scope, known: Known, written: tuple[Part, ...]) -> Side | None:
    """A side of runs, or of formal arrows: each starts where the one before it ends."""
    arrows = [_arrow(known, part) for part in written]
    meeting = True
    for (part, first), (after, second) in pairwise(zip(written, arrows, strict=True)):
        for gap in gaps((first, second)):
            texts = (gap.first.target, gap.second.source)
            scope.report(composition.apart(part.span.text, texts[0], part.span, after.span.text, texts[1], after.span))
            meeting = False
    names = tuple(part.name for part in written if part.name)
    space = known.ends[names[0]].source[0] if names else ""
    return Side(arrows[0].source, arrows[-1].target, names, space) if meeting else None


def _arrow(known: Known, part: Part) -> Arrow:
    """A run between points, or a formal generator between objects, as an arrow of the free category."""
    if not part.name:
        return Arrow("", part.place, part.place)
    ends = known.ends[part.name]
    return Arrow(part.name, point_text(ends.source), point_text(ends.target))


# Laws in which structural maps stand.


class Position(NamedTuple):
    """How far a composite has come: the space, the words for the point there, and the point on blocks, None where the
    composite starts at any point of a space."""

    space: str
    text: str
    point: BlockMap | None


def _carried(
    scope: Scope, known: Known, entry: Entry, node: tree.Law, read: tuple[tuple[Part, ...], tuple[Part, ...]]
) -> Law | None:
    starts = [_start(known, read[side], read[1 - side]) for side in (0, 1)]
    ends = [_walk(scope, known, start, side) for start, side in zip(starts, read, strict=True)]
    if ends[0] is None or ends[1] is None:
        return None
    both_run = all(side[-1].name in known.ends for side in read)
    left, right = (
        Side(start.text, end.text if both_run else point_text((end.space, "")), (), start.space)
        for start, end in zip(starts, ends, strict=True)
        if end
    )
    if (left.start, left.end, left.space) != (right.start, right.end, right.space):
        _apart(scope, node, left, right)
        return None
    return _about_images(scope, known, entry, node, read, ends[0].space, left.space)


def _start(known: Known, side: tuple[Part, ...], other: tuple[Part, ...]) -> Position:
    """Where a side starts: at the point of its first run; one that starts with a map starts where the other side does,
    at `@init` where that starts with a map too and a run follows, and else anywhere."""
    first, across = side[0].name, other[0].name
    if first in known.ends:
        return _position(known, *known.ends[first].source)
    space = known.maps[first].source
    if across in known.ends and known.ends[across].source[0] == space:
        return _position(known, *known.ends[across].source)
    if any(part.name in known.ends for part in (*side, *other)):
        return _position(known, space, INIT)
    return Position(space, point_text((space, "")), None)


def _position(known: Known, space: str, label: str) -> Position:
    point = known.arch.point(space, label) if space in known.arch.spaces else None
    return Position(space, point_text((space, label)), point)


def _walk(scope: Scope, known: Known, start: Position, side: tuple[Part, ...]) -> Position | None:
    """Where a side comes to from its start; None, reported, where its parts do not compose."""
    at, before = start, side[0]
    for part in side:
        after = _after(known, at, part.name)
        if after is None:
            starts = _starts(known, part.name)
            scope.report(composition.apart(before.span.text, at.text, before.span, part.span.text, starts, part.span))
            return None
        at, before = after, part
    return at


def _starts(known: Known, name: str) -> str:
    return point_text(known.ends[name].source if name in known.ends else (known.maps[name].source, ""))


def _after(known: Known, at: Position, name: str) -> Position | None:
    """Where an arrow leads from a position; None where it does not start there."""
    if name in known.ends:
        run = known.ends[name]
        there = _position(known, *run.source)
        return _position(known, *run.target) if (at.space, at.point) == (there.space, there.point) else None
    found, arrow = known.maps[name], known.arch.arrows[name]
    if found.source != at.space:
        return None
    point = mathematics.compose(at.point, arrow) if at.point else None
    text = f"{bare(name)}({at.text})" if at.point else point_text((found.target, ""))
    return Position(found.target, text, point)


def _about_images(
    scope: Scope,
    known: Known,
    entry: Entry,
    node: tree.Law,
    read: tuple[tuple[Part, ...], tuple[Part, ...]],
    onto: str,
    start: str,
) -> Law | None:
    """The law on normal forms, where the structural maps of both sides are the same."""
    left, right = (
        integral.normal(known.arch.free(onto), [known.arch.arrows.get(part.name, part.name) for part in side])
        for side in read
    )
    gives = [dict(side.map.wires) for side in (left, right)]
    block = next((name for name in gives[0] if gives[0][name] != gives[1][name]), None)
    if block is not None:
        wires = (gives[0][block], gives[1][block])
        scope.report(broken_law.of(node.name, node.left.span, node.right.span, block, wires))
        return None
    names = [tuple(part.name for part in side) for side in read]
    law = Law(entry.name, entry.category or "", names[0], names[1], node.name.span, start)
    images = tuple(tuple(_image(known, image, onto) for image in composite.images) for composite in (left, right))
    first, second = (tuple((name, _given(wire)) for name, wire in side.map.wires) for side in (left, right))
    return replace(law, images=(images[0], images[1]), maps=(first, second))


def _given(wire: mathematics.Wire) -> str:
    """What a structural map gives a block, in words."""
    if isinstance(wire, mathematics.Read):
        return wire.block
    assert isinstance(wire.value, Value)
    return f"{wire.value.block} at {point_text((wire.value.space, wire.value.point))}"


def _image(known: Known, image: integral.Image, onto: str) -> CarriedRun:
    space = known.ends[image.run].source[0]
    return CarriedRun(image.run, known.arch.carried(space, onto, image.map))
