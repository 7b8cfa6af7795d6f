"""Parametrised maps: layers composed with `>>`, shapes inferred and checked."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Signature, of_call, required
from catlearn.theory.names import Entry, Scope
from catlearn.theory.order import in_order
from catlearn.theory.rules import cycle, duplicate_name, field_type, missing_field, shape_mismatch, unknown_name
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.theory import Block, Layer, NetworkMap
from catlearn.theory.values import identifier, parts, positive_whole, shown

ACTIVATIONS = ("relu", "sigmoid", "tanh")
LAYERS = (*ACTIVATIONS, "linear")
LINEAR = Signature(("features",), ("features",))

Shape = tuple[int, ...]


def shape(scope: Scope, expression: tree.Expression) -> Shape | None:
    """The shape that `R[64]` says; None, reported, where it says none."""
    if not isinstance(expression, tree.Indexed) or expression.base.name != "R":
        scope.report(field_type.found(shown(expression.span), "a shape such as `R[64]`", expression.span))
        return None
    sizes = [required(scope, item, positive_whole, "a whole number above 0") for item in expression.items]
    found = tuple(size for size in sizes if size is not None)
    return found if len(found) == len(sizes) else None


def _used(scope: Scope, node: tree.Map) -> set[str]:
    names = (identifier(part) for part in parts(node.body))
    entries = (entry for name in names if name for entry in scope.candidates(name.name))
    return {entry.name for entry in entries if isinstance(entry.node, tree.Map)}


class _Place(NamedTuple):
    """Where a part of a map stands: the map, the position of its first layer, the shape that reaches it and whence."""

    name: str
    position: int
    shape: Shape
    giver: Span


def _layers(
    scope: Scope, maps: Mapping[str, NetworkMap], place: _Place, part: tree.Expression
) -> tuple[Layer, ...] | None:
    """The layers of one part of a map's body; None where it is in error."""
    name = identifier(part)
    if name is not None and name.name in ACTIVATIONS:
        return (Layer(name.name, None, place.shape, place.shape),)
    if name is not None and name.name == "linear":
        hint = "write `linear(32)`"
        scope.report(missing_field.something("`linear`", "its number of features", name.span, hint))
        return None
    if name is not None:
        return _named(scope, maps, place, name)
    if isinstance(part, tree.Call):
        return _called(scope, place, part)
    scope.report(field_type.found(shown(part.span), "a layer or the name of a map", part.span))
    return None


def _named(
    scope: Scope, maps: Mapping[str, NetworkMap], place: _Place, name: tree.Identifier
) -> tuple[Layer, ...] | None:
    entry = scope.find(name, (tree.Map,), also=LAYERS)
    inner = maps.get(entry.name) if entry else None
    if inner is None:
        return None
    if inner.input_shape != place.shape:
        given, taken = f"`{shape_text(place.shape)}`", f"`{shape_text(inner.input_shape)}`, which `{inner.name}` takes"
        scope.report(shape_mismatch.between(given, place.giver, taken, name.span))
        return None
    return inner.layers


def _called(scope: Scope, place: _Place, call: tree.Call) -> tuple[Layer, ...] | None:
    function = call.function.name
    if function in ACTIVATIONS:
        scope.report(field_type.found(shown(call.span), f"`{function}`, which takes no arguments", call.span))
        return None
    if function != "linear":
        known = tuple(sorted(LAYERS))
        if not scope.may_be_lost(function):
            scope.report(unknown_name.not_among(function, call.function.span, "layer", known))
        return None
    given = of_call(scope, call, LINEAR)
    features = given.take("features", positive_whole, "a whole number of features above 0")
    if features is None or not given.complete:
        return None
    if len(place.shape) != 1:
        found, taken = f"`{shape_text(place.shape)}`", "one axis, `R[n]`, which `linear` takes"
        scope.report(shape_mismatch.between(found, place.giver, taken, call.span))
        return None
    return (Layer("linear", f"{place.name}.{place.position}", place.shape, (features,)),)


def _body(
    scope: Scope, maps: Mapping[str, NetworkMap], entry: Entry, node: tree.Map, source: Shape
) -> NetworkMap | None:
    """The layers of a map from its source on; None, reported, where one of them does not fit."""
    layers: list[Layer] = []
    place = _Place(entry.name, 0, source, node.source.span)
    for part in parts(node.body):
        found = _layers(scope, maps, place, part)
        if found is None:
            return None
        layers.extend(found)
        place = _Place(entry.name, len(layers), layers[-1].output_shape if layers else source, part.span)
    repeated = first_repeated(layers)
    if repeated:
        scope.report(duplicate_name.repeated(f"the block `{repeated}`", f"the map `{entry.name}`", node.body.span))
        return None
    return NetworkMap(entry.name, tuple(layers), source, place.shape, node.name.span)


def first_repeated(layers: Iterable[Layer]) -> str | None:
    """The first block that occurs twice in a network: no layers share their weights."""
    seen: set[str] = set()
    for layer in layers:
        if layer.block in seen:
            return layer.block
        if layer.block:
            seen.add(layer.block)
    return None


def _map(scope: Scope, maps: Mapping[str, NetworkMap], entry: Entry) -> NetworkMap | None:
    node = entry.node
    assert isinstance(node, tree.Map)
    if node.name.name in LAYERS:
        scope.report(duplicate_name.shipped(node.name, "a layer of the language"))
    source, target = shape(scope, node.source), shape(scope, node.target)
    found = None if source is None else _body(scope, maps, entry, node, source)
    if found is None or target is None:
        return None
    if found.output_shape != target:
        last = parts(node.body)[-1].span
        scope.report(shape_mismatch.declared(found.output_shape, last, target, node.target.span))
        return None
    return found


def network_maps(scope: Scope) -> Mapping[str, NetworkMap]:
    """The maps of a specification, each with its layers; a map may be composed of others, by name."""
    entries = {entry.name: (entry, _used(scope, node)) for entry, node in scope.of(tree.Map)}
    order, cycles = in_order({name: used for name, (_, used) in entries.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(entries[name][0].identifier for name in names), "is composed of"))
    maps: dict[str, NetworkMap] = {}
    for name in order:
        found = _map(scope, maps, entries[name][0])
        if found:
            maps[name] = found
    return {name: maps[name] for name in entries if name in maps}


def blocks_of(layers: tuple[Layer, ...]) -> tuple[Block, ...]:
    """The blocks of some layers, in their order."""
    return tuple(
        Block(layer.block, (("weight", (*layer.output_shape, *layer.input_shape)), ("bias", layer.output_shape)))
        for layer in layers
        if layer.block
    )
