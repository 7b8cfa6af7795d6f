"""The part of a theory that has a name: a category, functor, transformation, pullback, cell or law."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from catlearn.plan.theory_document import CategoryDocument, TheoryDocument


@dataclass(frozen=True)
class Selection:
    """A theory, and whether its categories are to be drawn or only serve what is drawn beside them."""

    theory: TheoryDocument
    categories: bool = True


def _nothing(theory: TheoryDocument) -> TheoryDocument:
    return theory.model_copy(
        update={"functors": (), "pullbacks": (), "joint_pullbacks": (), "cells": (), "transformations": ()}
    )


def _with(theory: TheoryDocument, names: Collection[str]) -> tuple[CategoryDocument, ...]:
    return tuple(found for found in theory.categories if found.name in names)


def _category(theory: TheoryDocument, name: str) -> Selection:
    category = next(found for found in theory.categories if found.name == name)
    arrows = {arrow.name for arrow in category.arrows}
    kept = {
        "categories": (category,),
        "functors": tuple(found for found in theory.functors if found.source == name == found.target),
        "pullbacks": tuple(found for found in theory.pullbacks if found.category == name),
        "joint_pullbacks": tuple(found for found in theory.joint_pullbacks if found.category == name),
        "cells": tuple(found for found in theory.cells if {found.source, found.target} <= arrows),
    }
    return Selection(_nothing(theory).model_copy(update=kept))


def _functor(theory: TheoryDocument, name: str) -> Selection:
    functor = next(found for found in theory.functors if found.name == name)
    categories = _with(theory, {functor.source, functor.target})
    return Selection(_nothing(theory).model_copy(update={"categories": categories, "functors": (functor,)}))


def _transformation(theory: TheoryDocument, name: str) -> Selection:
    found = next(found for found in theory.transformations if found.name == name)
    functors = tuple(functor for functor in theory.functors if functor.name in (found.source, found.target))
    categories = _with(theory, {end for functor in functors for end in (functor.source, functor.target)})
    kept = {"categories": categories, "functors": functors, "transformations": (found,)}
    return Selection(_nothing(theory).model_copy(update=kept), categories=False)


def _pullback(theory: TheoryDocument, name: str) -> Selection:
    fibres = tuple(found for found in theory.pullbacks if found.name == name)
    joint = tuple(found for found in theory.joint_pullbacks if found.name == name)
    categories = _with(theory, {*(found.category for found in fibres), *(found.category for found in joint)})
    kept = {"categories": categories, "pullbacks": fibres, "joint_pullbacks": joint}
    return Selection(_nothing(theory).model_copy(update=kept), categories=False)


def _cell(theory: TheoryDocument, name: str) -> Selection:
    cell = next(found for found in theory.cells if found.name == name)
    if cell.kind == "strict":
        return Selection(_nothing(theory).model_copy(update={"cells": (cell,)}), categories=False)
    narrowed = _narrowed(theory, {run for side in (cell.source, cell.target) for run in side.split(" >> ")})
    return Selection(_nothing(theory).model_copy(update={"categories": narrowed, "cells": (cell,)}))


def _law(theory: TheoryDocument, name: str) -> Selection:
    law = next(law for category in theory.categories for law in category.laws if law.name == name)
    return Selection(_nothing(theory).model_copy(update={"categories": _narrowed(theory, {*law.left, *law.right})}))


def _narrowed(theory: TheoryDocument, arrows: Collection[str]) -> tuple[CategoryDocument, ...]:
    """The categories with only some of their arrows, what those join, and the laws between them."""
    narrowed = []
    for category in theory.categories:
        kept = tuple(found for found in category.arrows if found.name in arrows)
        ends = {end.partition("@")[0] for found in kept for end in (found.source, found.target)}
        objects = tuple(found for found in category.objects if found.name in ends)
        laws = tuple(law for law in category.laws if {*law.left, *law.right} <= {found.name for found in kept})
        if kept:
            narrowed.append(category.model_copy(update={"objects": objects, "arrows": kept, "laws": laws}))
    return tuple(narrowed)


def _named(theory: TheoryDocument) -> Iterator[tuple[str, Callable[[TheoryDocument, str], Selection]]]:
    yield from ((found.name, _category) for found in theory.categories)
    yield from ((found.name, _functor) for found in theory.functors)
    yield from ((found.name, _transformation) for found in theory.transformations)
    yield from ((found.name, _pullback) for found in theory.pullbacks)
    yield from ((found.name, _pullback) for found in theory.joint_pullbacks)
    yield from ((found.name, _cell) for found in theory.cells)
    yield from ((law.name, _law) for category in theory.categories for law in category.laws)


def selectable(theory: TheoryDocument) -> Mapping[str, Callable[[TheoryDocument, str], Selection]]:
    """What can be drawn by itself: how to select it, by name. A category comes before a law of the same name."""
    found: dict[str, Callable[[TheoryDocument, str], Selection]] = {}
    for name, select in _named(theory):
        found.setdefault(name, select)
    return found


def select(theory: TheoryDocument, name: str | None) -> Selection:
    """What is drawn: all of a theory, or what has a name. Raises `KeyError` where nothing has it."""
    return Selection(theory) if name is None else selectable(theory)[name](theory, name)
