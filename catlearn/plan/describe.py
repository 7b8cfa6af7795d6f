"""Checked theory -> `theory.json`: categories, functors, pullbacks, cells and claims in the author's words."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from catlearn.category.cell import is_sought
from catlearn.category.expression import Symbol, show
from catlearn.category.update_rule import BoundRule
from catlearn.plan.digests import theory_digest
from catlearn.plan.document import SCHEMA
from catlearn.plan.inventory import (
    imported_documents,
    landscape_document,
    map_document,
    material_documents,
    relation_document,
)
from catlearn.plan.naming import shown_names
from catlearn.plan.theory_document import (
    ArrowDocument,
    CategoryDocument,
    CellDocument,
    ClaimDocument,
    FunctorDocument,
    ImportDocument,
    JointPullbackDocument,
    LawDocument,
    ObjectDocument,
    PullbackDocument,
    TheoryDocument,
    TransformationDocument,
)
from catlearn.theory.theory import (
    Category,
    CloudSpace,
    CompositeCell,
    Functor,
    JointPullback,
    Law,
    NamedStrictCell,
    PresentedFunctor,
    Pullback,
    ReadingTransformation,
    RelationCell,
    Run,
    Space,
    StructuralMap,
    Theory,
    Transformation,
)


def describe(theory: Theory, added_seeds: tuple[int, ...] = ()) -> TheoryDocument:
    """The document of a checked theory, under the names that its author could have written."""
    names = shown_names(theory)
    return TheoryDocument(
        schema=SCHEMA,
        specification=theory.source.path,
        text=theory.source.text,
        imports=tuple(ImportDocument(path=path, text=source.text) for path, source in theory.imports.items()),
        added_seeds=added_seeds,
        digest=theory_digest(theory),
        categories=tuple(_category(theory, category, names) for category in theory.categories.values()),
        functors=(
            *(_functor(theory, functor, names) for functor in theory.functors.values()),
            *(_presented_functor(theory, functor, names) for functor in theory.presented_functors.values()),
        ),
        transformations=(
            *(_transformation(theory, found, names) for found in theory.transformations.values()),
            *(_between_readings(found, names) for found in theory.reading_transformations.values()),
        ),
        pullbacks=tuple(_pullback(theory, pullback, names) for pullback in theory.pullbacks.values()),
        cells=(
            *map(_strict_cell, theory.strict_cells.values()),
            *(_relation_cell(cell, names) for cell in theory.relation_cells.values()),
            *(_composite_cell(theory, cell, names) for cell in theory.composite_cells.values()),
        ),
        claims=tuple(
            ClaimDocument(name=claim.name, text=claim.text, expected=claim.expected) for claim in theory.claims.values()
        ),
        maps=tuple(map(map_document, theory.maps.values())),
        landscapes=tuple(map(landscape_document, theory.landscapes.values())),
        joint_pullbacks=tuple(_joint_pullback(theory, found, names) for found in theory.joint_pullbacks.values()),
        relations=tuple(map(relation_document, theory.relations.values())),
        materials=material_documents(theory),
        imported_runs=imported_documents(theory),
    )


def _category(theory: Theory, category: Category, names: Mapping[str, str]) -> CategoryDocument:
    spaces = (space for space in theory.spaces.values() if space.category == category.name)
    clouds = (cloud for cloud in theory.clouds.values() if cloud.category == category.name)
    maps = (arrow for arrow in theory.structural_maps.values() if arrow.category == category.name)
    laws = (law for law in theory.laws.values() if law.category == category.name)
    return CategoryDocument(
        name=category.name,
        objects=(
            *(_space(theory, space, names) for space in spaces),
            *(_cloud(cloud, names) for cloud in clouds),
            *(_formal_object(name, names) for name in category.objects if not category.interpreted),
        ),
        arrows=(
            *(_structural_map(theory, arrow, names) for arrow in maps),
            *(_run(run, names) for run in runs_of(theory, category.name)),
        ),
        laws=tuple(
            LawDocument(name=names[law.name], left=_side(law.left, law, names), right=_side(law.right, law, names))
            for law in laws
        ),
    )


def runs_of(theory: Theory, category: str) -> tuple[Run, ...]:
    """The runs that are arrows of a category: those on its objects, wherever they are declared."""
    return tuple(run for run in theory.runs.values() if theory.spaces[run.space].category == category)


def _shown(path: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[name] for name in path)


def _side(side: tuple[str, ...], law: Law, names: Mapping[str, str]) -> tuple[str, ...]:
    """The arrows of a side of a law; an identity as it is written."""
    return _shown(side, names) or (f"id({names[law.start]})",)


def _space(theory: Theory, space: Space, names: Mapping[str, str]) -> ObjectDocument:
    if space.pullback is not None:
        definition = _fibre(theory, theory.pullbacks[space.pullback], names)
        return ObjectDocument(name=names[space.name], kind="pullback", definition=definition)
    joint = next((found for found in theory.joint_pullbacks.values() if found.space == space.name), None)
    if joint is not None:
        definition = f"{{ (a, b) | {names[joint.left]}(a) = {names[joint.right]}(b) }}"
        return ObjectDocument(name=names[space.name], kind="pullback", definition=definition)
    maps = dict.fromkeys(_map_of(block.path) for block in space.blocks)
    definition = " * ".join(f"params({name})" for name in maps)
    return ObjectDocument(name=names[space.name], kind="parameters", definition=definition)


def _map_of(block: str) -> str:
    """The map in which a block is: the path `body.2.0` without its positions."""
    return re.sub(r"(\.\d+)+$", "", block)


def _fibre(theory: Theory, pullback: Pullback, names: Mapping[str, str]) -> str:
    arrow = theory.structural_maps[pullback.map]
    element = f"{names[arrow.name]}(a)"
    return f"{{ a in {names[arrow.source]} | {element} = {_along(theory, pullback, names)} }}"


def _along(theory: Theory, pullback: Pullback, names: Mapping[str, str]) -> str:
    run = theory.runs[pullback.point_run]
    return f"{names[pullback.map]}({names[run.space]}@{run.target_point})"


def _cloud(cloud: CloudSpace, names: Mapping[str, str]) -> ObjectDocument:
    definition = f"cloud(on = {cloud.probe}, dim = {cloud.dimension}, normalise = {cloud.normalise})"
    return ObjectDocument(name=names[cloud.name], kind="clouds", definition=definition)


def _formal_object(name: str, names: Mapping[str, str]) -> ObjectDocument:
    return ObjectDocument(name=names[name], kind="formal", definition="")


def _kind_of(theory: Theory, arrow: StructuralMap) -> Literal["formal", "leg", "structural"]:
    if not theory.categories[arrow.category].interpreted:
        return "formal"
    fibres, joint = theory.pullbacks.values(), theory.joint_pullbacks.values()
    legs = (*(pullback.legs for pullback in fibres), *(pullback.legs for pullback in joint))
    return "leg" if any(arrow.name in named for named in legs) else "structural"


def _structural_map(theory: Theory, arrow: StructuralMap, names: Mapping[str, str]) -> ArrowDocument:
    return ArrowDocument(
        name=names[arrow.name],
        kind=_kind_of(theory, arrow),
        source=names[arrow.source],
        target=names[arrow.target],
        wires=arrow.wires,
    )


def _run(run: Run, names: Mapping[str, str]) -> ArrowDocument:
    space = names[run.space]
    return ArrowDocument(
        name=names[run.name], kind="run", source=f"{space}@{run.source_point}", target=f"{space}@{run.target_point}"
    )


def _functor(theory: Theory, functor: Functor, names: Mapping[str, str]) -> FunctorDocument:
    spacing, unit = functor.trace
    trace = f"trace(every = {spacing} {unit if spacing == 1 else unit + 's'})"
    return FunctorDocument(
        name=functor.name,
        source=functor.source,
        target=functor.target,
        images=(
            *((names[space], names[cloud]) for space, cloud in functor.object_images),
            *((names[arrow], f"id({names[cloud]})") for arrow, cloud in functor.map_images),
            *((names[run.name], trace) for run in runs_of(theory, functor.source)),
        ),
    )


def _place(name: str, names: Mapping[str, str]) -> str:
    """An object, or a point of one."""
    space, at, point = name.partition("@")
    return f"{names[space]}{at}{point}"


def _start(theory: Theory, arrow: str) -> str:
    """The object or the point where a generating arrow starts."""
    run = theory.runs.get(arrow)
    return f"{run.space}@{run.source_point}" if run else theory.structural_maps[arrow].source


def _presented_functor(theory: Theory, functor: PresentedFunctor, names: Mapping[str, str]) -> FunctorDocument:
    objects = dict(functor.object_images)
    arrows = (
        (names[arrow], " >> ".join(_shown(path, names)) or f"id({_place(objects[_start(theory, arrow)], names)})")
        for arrow, path in functor.arrow_images
    )
    return FunctorDocument(
        name=functor.name,
        source=functor.source,
        target=functor.target,
        images=(*((_place(name, names), _place(image, names)) for name, image in objects.items()), *arrows),
    )


def _transformation(theory: Theory, found: Transformation, names: Mapping[str, str]) -> TransformationDocument:
    images = dict(theory.presented_functors[found.source].object_images)
    components = (
        (_place(name, names), " >> ".join(_shown(path, names)) or f"id({_place(images[name], names)})")
        for name, path in found.components
    )
    return TransformationDocument(
        name=found.name,
        source=found.source,
        target=found.target,
        components=tuple(components),
        squares=_shown(found.squares, names),
    )


def _between_readings(found: ReadingTransformation, names: Mapping[str, str]) -> TransformationDocument:
    layers = f"layers({' >> '.join(found.layers)})"
    return TransformationDocument(
        name=found.name,
        source=found.source,
        target=found.target,
        components=tuple((_place(name, names), layers) for name in found.objects),
        squares=_shown(found.runs, names),
    )


def _pullback(theory: Theory, pullback: Pullback, names: Mapping[str, str]) -> PullbackDocument:
    space = theory.spaces[pullback.space]
    return PullbackDocument(
        name=names[pullback.space],
        category=space.category,
        map=names[pullback.map],
        along=_along(theory, pullback, names),
        legs=_shown(pullback.legs, names),
        frozen=pullback.frozen,
    )


def _joint_pullback(theory: Theory, pullback: JointPullback, names: Mapping[str, str]) -> JointPullbackDocument:
    return JointPullbackDocument(
        name=names[pullback.space],
        category=theory.spaces[pullback.space].category,
        map=names[pullback.left],
        along=names[pullback.right],
        legs=_shown(pullback.legs, names),
        shared=pullback.shared,
    )


def _composite_cell(theory: Theory, composite: CompositeCell, names: Mapping[str, str]) -> CellDocument:
    """A composite that follows from its parts: cells by relation in a chain or after a run, strict ones abreast."""
    if composite.strict:
        strict = [_strict_cell(theory.strict_cells[part]) for part in composite.parts]
        sides = (" * ".join(cell.source for cell in strict), " * ".join(cell.target for cell in strict))
        by = " * ".join(composite.parts)
    else:
        first, last = (theory.relation_cells[composite.parts[end]] for end in (0, -1))
        before = f"{names[composite.run]} >> " if composite.run else ""
        sides, by = (before + names[first.source], before + names[last.target]), first.relation
    kind: Literal["strict", "relation"] = "strict" if composite.strict else "relation"
    return CellDocument(
        name=composite.name, kind=kind, source=sides[0], target=sides[1], by=by, composed_of=composite.parts
    )


def _strict_cell(named: NamedStrictCell) -> CellDocument:
    cell = named.cell
    values = {"theta": Symbol("theta"), **dict(cell.state_map)}
    state_map = ", ".join(f"{name} |-> {show(value)}" for name, value in values.items())
    return CellDocument(
        name=named.name,
        kind="strict",
        source=_bound(cell.source),
        target=_bound(cell.target),
        by="a map that is sought" if is_sought(cell) else state_map,
        composed_of=named.composed_of,
    )


def _bound(bound: BoundRule) -> str:
    """`sgd(lr = 1/10)`; an argument that is its own parameter is written once, as in `heavy_ball(lr, m)`."""
    arguments = (name if value == Symbol(name) else f"{name} = {show(value)}" for name, value in bound.arguments)
    return f"{bound.rule.name}({', '.join(arguments)})"


def _relation_cell(cell: RelationCell, names: Mapping[str, str]) -> CellDocument:
    return CellDocument(
        name=cell.name, kind="relation", source=names[cell.source], target=names[cell.target], by=cell.relation
    )
