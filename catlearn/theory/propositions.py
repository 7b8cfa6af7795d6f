"""Propositions: what a claim says, by the form in which it is written."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from catlearn.diagnostics import Label
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.arguments import Reading, Setting, call_of, degrees, family_of, run_of
from catlearn.theory.clouds import NO_DEGREES, as_long, cloud_terms, read_at, reads
from catlearn.theory.cones import cone
from catlearn.theory.fields import Given, of_call, required
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.measures import CONSTANCY, DISTANCES, MEASURES, Gives, Takes
from catlearn.theory.names import ARROWS, FUNCTORS, Entry, Scope, bare
from catlearn.theory.points import Ends
from catlearn.theory.quantities import comparable, has_measure, quantity
from catlearn.theory.rules import (
    composition,
    field_type,
    missing_field,
    similarity_needs_equivalence,
    unknown_name,
    unreachable_verdict,
)
from catlearn.theory.settings import network_layers
from catlearn.theory.theory import (
    ClassesProposition,
    ClassMeasure,
    ClassMeasureProposition,
    Combination,
    ConeProposition,
    ConstantProposition,
    Correlation,
    CorrelationProposition,
    CountProposition,
    Functor,
    LawProposition,
    MeasureProposition,
    NaturalityProposition,
    Proposition,
    Quantity,
    ReadingProposition,
    RelationCellProposition,
    Run,
    SeedCountProposition,
    ShapeProposition,
    StrictCellProposition,
    StructuralMap,
    Theory,
)
from catlearn.theory.through import generator, image_of_map, image_of_run, reading_of
from catlearn.theory.values import identifier, natural, positive, shown

Kind = type[Proposition]
Read = tuple[Kind | None, Proposition | None]
"""The kind of a proposition where it can be told, and the proposition where it is in order."""

STATISTICAL = (
    RelationCellProposition,
    SeedCountProposition,
    MeasureProposition,
    CorrelationProposition,
    ClassMeasureProposition,
    ShapeProposition,
)
MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "~": "~"}
UNSET = Fraction(0)
"""Stands for the confidence until the claim's terms are read."""

CLAIMABLE = (tree.Law, tree.Transformation, tree.StrictCell, tree.RelationCell, tree.CompositeCell)
FORMS = "a law, a transformation, a cell, `constant(map, along = run)` or a comparison of measures"


def proposition(scope: Scope, theory: Theory, ends: Mapping[str, Ends], written: tree.Proposition) -> Read:
    """A proposition by its form; reports what keeps it from being one."""
    setting = Setting(scope, theory, ends)
    if written.operator is None:
        return _plain(setting, written)
    if written.right is not None and has_measure(written.right) and not has_measure(written.left):
        flipped = tree.Proposition(
            written.right, MIRRORED[written.operator], written.left, written.distance, written.margin, written.span
        )
        return _comparison(setting, flipped)
    return _comparison(setting, written)


def _misplaced(scope: Scope, what: str, expression: tree.Expression | None, belongs: str) -> bool:
    """Reports a `by` or a `within` where it does not belong."""
    if expression is None:
        return False
    found, wanted = f"`{what} {shown(expression.span).strip('`')}`", f"none: it belongs to {belongs}"
    scope.report(field_type.found(found, wanted, expression.span))
    return True


# Without a comparison: laws, cells, constancy.


def _plain(setting: Setting, written: tree.Proposition) -> Read:
    scope = setting.scope
    name = identifier(written.left)
    _misplaced(scope, "by", written.distance, "`~`")
    _misplaced(scope, "within", written.margin, "`~`")
    if name is not None:
        return _named(scope, setting.theory, name)
    call = call_of(written.left)
    if call and call.function.name == "factors":
        return ConeProposition, cone(setting, call)
    if call and call.function.name in CONSTANCY:
        return _along(setting, call)
    if call and call.function.name in MEASURES:
        wanted = "a comparison, such as `>= 0.9` or `~ … within 1%`"
        scope.report(field_type.found(f"{shown(call.span)} by itself", wanted, call.span))
    elif call:
        scope.report(unknown_name.not_among(call.function.name, call.function.span, "measure", (*MEASURES, *CONSTANCY)))
    elif has_measure(written.left):
        wanted = "a comparison, such as `>= 0.9` or `~ … within 1%`"
        scope.report(field_type.found(f"{shown(written.left.span)} by itself", wanted, written.left.span))
    else:
        scope.report(field_type.found(shown(written.left.span), FORMS, written.left.span))
    return None, None


def _named(scope: Scope, theory: Theory, name: tree.Identifier) -> Read:
    entry = scope.find(name, CLAIMABLE)
    if entry is None:
        return None, None
    if isinstance(entry.node, tree.StrictCell):
        return StrictCellProposition, StrictCellProposition(entry.name)
    if isinstance(entry.node, tree.RelationCell):
        return RelationCellProposition, RelationCellProposition(entry.name, None, UNSET)
    if isinstance(entry.node, tree.Transformation):
        return _natural(scope, theory, entry.name, name)
    if isinstance(entry.node, tree.CompositeCell):
        return _composite(theory, entry.name)
    category = theory.categories.get(entry.category or "")
    if category and not category.interpreted:
        scope.report(unreachable_verdict.untestable(name.name, category.name, name.span))
        return None, None
    return LawProposition, LawProposition(entry.name)


def _natural(scope: Scope, theory: Theory, name: str, use: tree.Identifier) -> Read:
    """A transformation between readings; nothing where it is in error."""
    if name in theory.reading_transformations:
        return NaturalityProposition, NaturalityProposition(name)
    if name in theory.transformations:
        scope.report(unreachable_verdict.decided_already(use.name, use.span))
    return None, None


def _composite(theory: Theory, name: str) -> Read:
    """A composite cell, claimed as a cell of its kind; nothing where it is in error."""
    derived = theory.composite_cells.get(name)
    if name in theory.strict_cells or (derived and derived.strict):
        return StrictCellProposition, StrictCellProposition(name)
    return (RelationCellProposition, RelationCellProposition(name, None, UNSET)) if derived else (None, None)


Blocks = Mapping[str, str]
"""Blocks of a space by the names that they have in another."""


def _ways(scope: Scope, theory: Theory, space: str, onto: str) -> list[Blocks]:
    """What the legs of pullbacks make of the blocks of a space, where they lead from another one to it: for each of
    them the block there. One for each composite of legs that gives them other blocks; none where none leads there."""
    if space == onto:
        return [{block.path: block.path for block in theory.spaces[onto].blocks}]
    names = [entry.name for entry, _ in scope.of(tree.Leg)]
    legs = [theory.structural_maps[name] for name in names if name in theory.structural_maps]
    found = [
        {block: dict(leg.wires).get(read, read) for block, read in way.items()}
        for leg in legs
        if leg.source == space
        for way in _ways(scope, theory, leg.target, onto)
    ]
    return [way for position, way in enumerate(found) if way not in found[:position]]


def _lost_leg(scope: Scope, theory: Theory, space: str) -> bool:
    """Whether a leg out of a space is in error itself, so that what it leads to is not known."""
    pullbacks = (entry for entry, _ in scope.of(tree.Pullback) if entry.name == space)
    legs = [f"{entry.category}.{leg.name.name}" for entry in pullbacks for leg in _legs(entry.node)]
    return any(leg not in theory.structural_maps for leg in legs)


def _legs(node: object) -> tuple[tree.Leg, ...]:
    return node.legs if isinstance(node, tree.Pullback) else ()


def _unknown_fibre(theory: Theory, space: str) -> bool:
    """Whether a space is a pullback that is in error itself."""
    pullback = theory.spaces[space].pullback
    return pullback is not None and pullback not in theory.pullbacks


def _along(setting: Setting, call: tree.Call) -> Read:
    """Constancy of a structural map or of a functor along a run, or compatibility of both."""
    given = of_call(setting.scope, call, CONSTANCY[call.function.name])
    if call.function.name == "compatible":
        return ReadingProposition, _compatible(setting, given)
    name = identifier(given.values["map"]) if "map" in given.values else None
    readings = setting.scope.candidates(name.name) if name else ()
    if any(isinstance(entry.node, FUNCTORS) for entry in readings):
        return ReadingProposition, _constant_reading(setting, given)
    return ConstantProposition, _constant(setting, call, given)


def _constant_reading(setting: Setting, given: Given) -> ReadingProposition | None:
    """That what a functor reads along a run is constant."""
    functor, run = _read_along(setting, given, "map")
    if functor is None or run is None or not _reads(setting, functor, run, given.values["along"].span):
        return None
    blocks = _blocks_read(setting.theory, functor)
    return ReadingProposition(functor.name, run.name, None, tuple((block, block) for block in blocks))


def _compatible(setting: Setting, given: Given) -> ReadingProposition | None:
    """That a functor reads of a run what it reads of the run's image under a structural map."""
    scope, theory = setting.scope, setting.theory
    name = given.take("map", identifier, "the name of a structural map")
    entry = scope.find(name, ARROWS) if name else None
    functor, run = _read_along(setting, given, "by")
    arrow = _read_map(setting, given, entry.name) if entry else None
    if functor is None or run is None or arrow is None or not given.complete:
        return None
    span = given.values["along"].span
    if arrow.source != run.space:
        goes = Label(f"`{bare(arrow.name)}` starts at `{bare(arrow.source)}`", arrow.span)
        wanted = f"a run in `{bare(arrow.source)}`, where `{bare(arrow.name)}` starts"
        scope.report(composition.ends(f"`{bare(run.name)}`", f"in `{bare(run.space)}`", wanted, span, goes))
        return None
    if not _reads(setting, functor, run, span):
        return None
    pullback = theory.fibre(run.space)
    held = pullback.frozen if pullback else ()
    wires, blocks = {**{block: block for block in held}, **dict(arrow.wires)}, _blocks_read(theory, functor)
    if any(block not in wires for block in blocks):
        wanted = f"a map to a space with the blocks that `{bare(functor.name)}` reads"
        scope.report(field_type.found(shown(given.values["map"].span), wanted, given.values["map"].span))
        return None
    return ReadingProposition(functor.name, run.name, arrow.name, tuple((block, wires[block]) for block in blocks))


def _functor_named(setting: Setting, given: Given, key: str) -> Entry | None:
    name = given.take(key, identifier, "the name of a functor")
    return setting.scope.find(name, FUNCTORS) if name else None


def _read_along(setting: Setting, given: Given, key: str) -> tuple[Functor | None, Run | None]:
    """The functor that an argument names, and the run that it reads: by way of a composite, the image of the run."""
    entry, along = _functor_named(setting, given, key), given.values.get("along")
    composite = setting.theory.presented_functors.get(entry.name) if entry else None
    if composite is None or along is None:
        return setting.theory.functors.get(entry.name) if entry else None, run_of(setting, along)
    functor, arrow = reading_of(setting, composite, given.values[key]), generator(setting, composite, along)
    return functor, image_of_run(setting, composite, arrow.name, along.span) if functor and arrow else None


def _read_map(setting: Setting, given: Given, name: str) -> StructuralMap | None:
    """The structural map of that name; by way of a composite that `by` names, its image."""
    by = identifier(given.values["by"]) if "by" in given.values else None
    found = setting.scope.candidates(by.name) if by else ()
    composite = next((setting.theory.presented_functors.get(entry.name) for entry in found), None)
    if composite is None or composite.reading is None:
        return setting.theory.structural_maps.get(name)
    return image_of_map(setting, composite, name, given.values["map"].span)


def _reads(setting: Setting, functor: Functor, run: Run, span: Span) -> bool:
    """Whether a functor reads a run; reports where it does not, unless the image of its space was reported."""
    if run.space in dict(functor.object_images):
        return True
    if run.space in functor.in_error:
        return False
    wanted = f"a run in a space that `{bare(functor.name)}` reads"
    found = f"in `{bare(run.space)}`"
    label = Label(f"`{bare(functor.name)}` is declared here", functor.span)
    setting.scope.report(composition.ends(f"`{bare(run.name)}`", found, wanted, span, label))
    return False


def _blocks_read(theory: Theory, functor: Functor) -> tuple[str, ...]:
    return tuple(block.path for block in blocks_of(network_layers(theory, functor.reading)))


def _constant(setting: Setting, call: tree.Call, given: Given) -> ConstantProposition | None:
    scope, theory = setting.scope, setting.theory
    name = given.take("map", identifier, "the name of a structural map")
    kinds = ARROWS if name and scope.candidates(name.name) else (*ARROWS, *FUNCTORS)
    entry = scope.find(name, kinds) if name else None
    run = run_of(setting, given.values.get("along"))
    arrow = theory.structural_maps.get(entry.name) if entry else None
    if run is None or arrow is None or not given.complete or _unknown_fibre(theory, run.space):
        return None
    ways = _ways(scope, theory, run.space, arrow.source)
    if not ways:
        if _lost_leg(scope, theory, run.space):
            return None
        goes = f"`{bare(arrow.name)}` starts at `{bare(arrow.source)}`"
        wanted = f"a run in `{bare(arrow.source)}`, where `{bare(arrow.name)}` starts, or in a pullback over it"
        found = f"in `{bare(run.space)}`"
        span = given.values["along"].span
        scope.report(composition.ends(f"`{bare(run.name)}`", found, wanted, span, Label(goes, arrow.span)))
        return None
    wires = dict(arrow.wires)
    reads = [wires.get(block.path, block.path) for block in theory.spaces[arrow.target].blocks]
    blocks = dict.fromkeys(tuple(way.get(read, read) for read in reads) for way in ways)
    if len(blocks) > 1:
        found = f"`{bare(arrow.name)}` along `{bare(run.name)}`, in which there are {len(blocks)} points of its source"
        scope.report(field_type.found(found, "a map that starts where the run is, such as a leg", call.span))
        return None
    return ConstantProposition(arrow.name, run.name, next(iter(blocks)))


# Comparisons.


def _comparison(setting: Setting, written: tree.Proposition) -> Read:
    call = call_of(written.left)
    if call is not None and call.function.name == "classes":
        return ClassesProposition, _classes(setting, written, call)
    if call is not None and call.function.name in CONSTANCY:
        found = f"a comparison of {shown(call.span)}"
        setting.scope.report(field_type.found(found, "the call by itself", written.span))
        return None, None
    if call is not None and call.function.name not in MEASURES and reads(setting.scope, call):
        return ShapeProposition, _shape(setting, written)
    if not has_measure(written.left):
        hint = _of_runs(setting.scope, written)
        setting.scope.report(field_type.found(shown(written.left.span), "a measure of a run", written.left.span, hint))
        return None, None
    return _quantities(setting, written)


def _of_runs(scope: Scope, written: tree.Proposition) -> str | None:
    """How two runs themselves are said to be equal or alike; None where it is not they that are compared."""
    names = [identifier(side) if side else None for side in (written.left, written.right)]
    found = [scope.candidates(name.name) if name else () for name in names]
    if not all(entries and all(isinstance(entry.node, tree.Run) for entry in entries) for entries in found):
        return None
    texts = [name.name for name in names if name]
    if written.operator == "~":
        return f"join them by a cell, `cell c : {texts[0]} => {texts[1]} by …`, and claim it"
    return (
        f"state it as a law, `law same : {texts[0]} == {texts[1]}`, and claim that"
        if written.operator == "=="
        else None
    )


def _bound(scope: Scope, written: tree.Proposition) -> int | None:
    right = written.right
    if written.operator == "~" or right is None:
        scope.report(field_type.found("`~` on a count of classes", EXACTLY, written.span))
        return None
    return required(scope, right, natural, "a whole number of classes")


EXACTLY = "one of `==`, `<=`, `>=`, `<`, `>`: counts are compared exactly"


def _classes(setting: Setting, written: tree.Proposition, call: tree.Call) -> ClassesProposition | None:
    scope = setting.scope
    given = of_call(scope, call, MEASURES["classes"].signature)
    bound = _bound(scope, written)
    misplaced = [
        _misplaced(scope, "by", written.distance, "comparisons of shapes"),
        written.operator != "~" and _misplaced(scope, "within", written.margin, "`~`"),
    ]
    runs = family_of(setting, given.values.get("runs"), "a count of classes")
    name = given.take("by", identifier, "the name of a relation")
    relation = scope.find(name, (tree.Relation,)) if name else None
    if bound is None or any(misplaced) or not runs or not given.complete:
        return None
    if relation is None or relation.name not in setting.theory.relations or written.operator is None:
        return None
    return ClassesProposition(tuple(run.name for run in runs), relation.name, written.operator, bound)


# Measures, and arithmetic on them.


def _quantities(setting: Setting, written: tree.Proposition) -> Read:
    """A comparison of two quantities; of exactly known ones without statistics."""
    left = quantity(setting, written.left)
    right = quantity(setting, written.right) if written.right else None
    kind = ClassMeasureProposition if left and _over_classes(left, right) else _kind(left, right)
    if kind is None or left is None or right is None or not _comparable(setting, written, left, right):
        return kind, None
    terms = _terms(setting.scope, written, left, right)
    if terms is None or written.operator is None:
        return kind, None
    if _has_correlation(left.quantity) or _has_correlation(right.quantity):
        return CorrelationProposition, _correlation(setting.scope, written.operator, left, right, terms[0])
    if isinstance(left.quantity, ClassMeasure) and right.constant is not None:
        of = left.quantity, written.operator, right.constant
        return kind, ClassMeasureProposition(*of, terms[0], UNSET)
    if kind is CountProposition:
        return kind, CountProposition(left.quantity, written.operator, right.quantity)
    if left.exact and right.exact and written.operator != "~":
        return SeedCountProposition, SeedCountProposition(left.quantity, written.operator, right.quantity, None, UNSET)
    return kind, MeasureProposition(left.quantity, written.operator, right.quantity, terms[0], UNSET)


def _has_correlation(found: Quantity) -> bool:
    """Whether a correlation stands anywhere in a quantity."""
    match found:
        case Correlation():
            return True
        case Combination(_, left, right):
            return _has_correlation(left) or _has_correlation(right)
    return False


def _correlation(
    scope: Scope, operator: str, left: Reading, right: Reading, margin: Fraction | None
) -> CorrelationProposition | None:
    """A correlation compared with a number; of anything else no error rate is known."""
    if isinstance(left.quantity, Correlation) and right.constant is not None:
        return CorrelationProposition(left.quantity, operator, right.constant, margin, UNSET)
    compared = right if isinstance(left.quantity, Correlation) else left
    wanted = "a correlation by itself, compared with a number"
    scope.report(field_type.found(shown(compared.span), wanted, compared.span))
    return None


def _over_classes(left: Reading, right: Reading | None) -> bool:
    """Whether a measure over classes is compared with a number."""
    return isinstance(left.quantity, ClassMeasure) and right is not None and right.constant is not None


def _kind(left: Reading | None, right: Reading | None) -> Kind | None:
    """Whether a comparison is one of counts or of what is measured, from the sides that are in order; None where the
    side that is not would tell."""
    typed = [reading for reading in (left, right) if reading and reading.gives]
    exact = all(reading.exact for reading in typed)
    if exact and all(reading.gives is Gives.FAMILY for reading in typed):
        return CountProposition if typed else None
    return None if exact and None in (left, right) else MeasureProposition


def _comparable(setting: Setting, written: tree.Proposition, left: Reading, right: Reading) -> bool:
    """Whether the sides are numbers of one kind and unit, or both barcodes; and the operator and `by` fit them."""
    if left.gives is Gives.BARCODE and right.gives is Gives.BARCODE:
        return _similar(setting.scope, written, "barcodes", "by bottleneck within 0.1") and _barcodes(setting, written)
    misplaced = _misplaced(setting.scope, "by", written.distance, "comparisons of shapes and of barcodes")
    return comparable(setting, left, right) and not misplaced


def _similar(scope: Scope, written: tree.Proposition, what: str, example: str) -> bool:
    """Whether shapes are compared by `~`; reports another comparison."""
    if written.operator == "==":
        scope.report(similarity_needs_equivalence.between(what, written.span, f"… ~ … {example}"))
    elif written.operator != "~":
        found = f"`{written.operator}` between {what}"
        scope.report(field_type.found(found, f"`~ … {example}`", written.span))
    return written.operator == "~"


def _barcodes(setting: Setting, written: tree.Proposition) -> bool:
    """Whether the distance of two barcodes is one; their degree is that of the barcodes."""
    name = _distance_name(written.distance)
    if name is not None and name.name in BARCODE_DISTANCES:
        return True
    span = written.distance.span if written.distance else written.span
    found = shown(span) if written.distance else "barcodes compared without a distance"
    wanted = " or ".join(f"`by {distance}`" for distance in BARCODE_DISTANCES)
    setting.scope.report(field_type.found(found, wanted, span))
    return False


def _distance_name(written: tree.Expression | None) -> tree.Identifier | None:
    """The name of a distance, with or without arguments."""
    call = call_of(written)
    if call is not None or written is None:
        return call.function if call else None
    return identifier(written)


BARCODE_DISTANCES = ("bottleneck", "wasserstein")


def _terms(scope: Scope, written: tree.Proposition, left: Reading, right: Reading) -> tuple[Fraction | None] | None:
    """The margin, where the operator takes one; None, reported, where operator or margin do not fit the quantities."""
    exact = left.exact and right.exact
    counted = exact and Gives.FAMILY in (left.gives, right.gives)
    if written.operator == "==" and not exact:
        scope.report(similarity_needs_equivalence.equality(written.span))
        return None
    if written.operator == "~" and counted:
        scope.report(field_type.found("`~` between counts", EXACTLY, written.span))
        return None
    if written.operator == "~":
        margin = _margin(scope, written, "1%" if left.unit == MEASURES["accuracy"].unit else "0.05")
        return None if margin is None else (margin,)
    return None if _misplaced(scope, "within", written.margin, "`~`") else (None,)


def _margin(scope: Scope, written: tree.Proposition, example: str) -> Fraction | None:
    """The margin of a similarity; None, reported, where there is none or it is no margin."""
    if written.margin is None:
        scope.report(similarity_needs_equivalence.without_margin(written.span, example))
        return None
    return required(scope, written.margin, positive, "a number above 0")


# Shapes of representations.


def _distance(scope: Scope, written: tree.Proposition) -> tuple[str, tuple[int, ...], Given] | None:
    """The distance of `by`, the degrees of homology it compares, none where it compares no homology, and its terms."""
    if written.distance is None:
        hint = "write `by bottleneck(dims = 0..1)`"
        scope.report(missing_field.something("shapes compared without a distance", "one", written.span, hint))
        return None
    name = _distance_name(written.distance)
    if name is None or name.name not in DISTANCES:
        found = name.name if name else shown(written.distance.span).strip("`")
        scope.report(unknown_name.not_among(found, written.distance.span, "distance", tuple(DISTANCES)))
        return None
    call = call_of(written.distance) or tree.Call(name, (), name.span)
    given = of_call(scope, call, DISTANCES[name.name].signature)
    dimensions = given.take("dims", degrees, Takes.DEGREES.value, NO_DEGREES)
    return (name.name, dimensions, given) if dimensions is not None and given.complete else None


def _shape(setting: Setting, written: tree.Proposition) -> ShapeProposition | None:
    if not _similar(setting.scope, written, "shapes", "by bottleneck(dims = 0..1) within 0.1") or written.right is None:
        return None
    left, right = read_at(setting, written.left), read_at(setting, written.right)
    distance = _distance(setting.scope, written)
    margin = _margin(setting.scope, written, "0.1")
    if left is None or right is None or distance is None or margin is None or written.distance is None:
        return None
    if left.functor != right.functor:
        wanted = f"`{left.functor}` on both sides: clouds of one functor"
        setting.scope.report(
            field_type.found(f"`{right.functor}` against `{left.functor}`", wanted, written.right.span)
        )
        return None
    name, dimensions, given = distance
    terms = cloud_terms(setting, given, DISTANCES[name].arguments, (left, right), written.distance.span)
    if terms is None or not as_long(setting, (left, right), (written.left.span, written.right.span)):
        return None
    ends = left.functor, left.run, right.run
    found = ShapeProposition(*ends, name, dimensions, margin, UNSET, distance_span=written.distance.span)
    return replace(found, terms=terms, paths=(left.path, right.path))
