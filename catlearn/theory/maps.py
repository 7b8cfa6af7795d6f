"""Parametrised maps: layers composed with `>>`, shapes inferred and checked."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_call, required
from catlearn.theory.layers import sugar
from catlearn.theory.layers.kind import Argument, Kind, Shape, Value
from catlearn.theory.layers.pointwise import ELEMENTWISE
from catlearn.theory.layers.table import EXTERN, KINDS, NAMES, SKIP, SUGAR, every_layer, has_block
from catlearn.theory.limits import DEEPEST_SKIP, MOST_LAYERS, MOST_LAYERS_TOGETHER
from catlearn.theory.names import Entry, Scope
from catlearn.theory.order import in_order
from catlearn.theory.rules import cycle, duplicate_name, field_type, missing_field, shape_mismatch, unknown_name
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.theory import Layer, NetworkMap
from catlearn.theory.values import identifier, parts, positive_whole, shown, word

EXAMPLES = {SKIP: "skip(linear(32) >> relu)", EXTERN: 'extern("package.module:Factory")'}
EXAMPLES |= {"mlp": "mlp(64, 32, 10)", "resnet9": "resnet9(10)"}
FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)

Layers = tuple[Layer, ...]


def shape(scope: Scope, expression: tree.Expression) -> Shape | None:
    """The shape that `R[64]` says; None, reported, where it says none."""
    if not isinstance(expression, tree.Indexed) or expression.base.name != "R":
        scope.report(field_type.found(shown(expression.span), "a shape such as `R[64]`", expression.span))
        return None
    sizes = [required(scope, item, positive_whole, "a whole number above 0") for item in expression.items]
    found = tuple(size for size in sizes if size is not None)
    return found if len(found) == len(sizes) else None


def _names_in(body: tree.Expression) -> Iterable[str]:
    """The names that stand in a map's body, inside `skip` too."""
    for part in parts(body):
        name = identifier(part)
        if name is not None:
            yield name.name
        elif isinstance(part, tree.Call) and part.function.name == SKIP:
            for argument in part.arguments:
                yield from _names_in(argument.value)


def _used(scope: Scope, node: tree.Map) -> set[str]:
    entries = (entry for name in _names_in(node.body) for entry in scope.candidates(name))
    return {entry.name for entry in entries if isinstance(entry.node, tree.Map)}


class _Place(NamedTuple):
    """Where a part of a map stands: the path of the map, or of the skip in it, the position of the part's first layer,
    the shape that reaches it, and what gives that shape."""

    path: str
    position: int
    shape: Shape
    giver: Span

    @property
    def block(self) -> str:
        """The path of a block that begins here."""
        return f"{self.path}.{self.position}"


class _Maker(NamedTuple):
    """Makes layers of expressions, with the maps that are known already; everything wrong is reported."""

    scope: Scope
    maps: Mapping[str, NetworkMap]

    def composite(self, place: _Place, body: tree.Expression) -> Layers | None:
        """The layers of a composite, from the shape that reaches it on; None where one of them does not fit."""
        layers: list[Layer] = []
        start = place.position
        written = parts(body)
        for number, part in enumerate(written):
            found = self.part(place, part)
            if found is None:
                for later in written[number + 1 :]:
                    self.unplaced(later)
                return None
            layers.extend(found)
            if len(layers) > MOST_LAYERS:
                self.scope.report(_too_many(part.span))
                return None
            given = layers[-1].output_shape if layers else place.shape
            place = _Place(place.path, start + len(layers), given, part.span)
        return tuple(layers)

    def part(self, place: _Place, part: tree.Expression) -> Layers | None:
        """The layers of one part of a composite."""
        name = identifier(part)
        if name is not None and name.name not in NAMES:
            return self.named(place, name)
        if isinstance(part, tree.Composite):
            return self.composite(place, part)
        call = tree.Call(name, (), name.span) if name is not None else part
        if isinstance(call, tree.Call):
            return self.called(place, call, bare=name is not None)
        self.scope.report(field_type.found(shown(part.span), "a layer or the name of a map", part.span))
        return None

    def unplaced(self, part: tree.Expression) -> None:
        """Reports what is wrong with a part that no known shape reaches: its name and its arguments."""
        name = identifier(part)
        if name is not None and name.name not in NAMES:
            self.scope.find(name, (tree.Map,), also=NAMES)
            return
        for inner in parts(part) if isinstance(part, tree.Composite) else ():
            self.unplaced(inner)
        call = tree.Call(name, (), name.span) if name is not None else part
        if isinstance(call, tree.Call) and self.known(call, name is not None) and call.function.name in KINDS:
            self.arguments(call, KINDS[call.function.name], name is not None)

    def named(self, place: _Place, name: tree.Identifier) -> Layers | None:
        """The layers of another map."""
        entry = self.scope.find(name, (tree.Map,), also=NAMES)
        inner = self.maps.get(entry.name) if entry else None
        if inner is None:
            return None
        if inner.input_shape != place.shape:
            return self.misfit(place, f"`{shape_text(inner.input_shape)}`, which `{inner.name}` takes", name.span)
        return inner.layers

    def called(self, place: _Place, call: tree.Call, bare: bool) -> Layers | None:
        """The layers of `linear(32)`; `bare` where only the word stands there."""
        name = call.function.name
        kind = KINDS.get(name)
        if not self.known(call, bare):
            return None
        if kind is not None:
            return self.layer(place, call, kind, bare)
        if name in SUGAR:
            return self.spelt_out(place, call)
        return self.skip(place, call) if name == SKIP else self.foreign(call)

    def known(self, call: tree.Call, bare: bool) -> bool:
        """Whether a word is that of a layer, and stands alone only where it may; reports where it is not."""
        name = call.function.name
        if name not in NAMES:
            if not self.scope.may_be_lost(name):
                self.scope.report(unknown_name.not_among(name, call.function.span, "layer", NAMES))
            return False
        kind = KINDS.get(name)
        if bare and (kind is None or any(argument.default is None for argument in kind.arguments)):
            hint = f"write `{kind.example if kind else EXAMPLES[name]}`"
            self.scope.report(missing_field.something(f"`{name}`", _missing(kind), call.span, hint))
            return False
        return True

    def arguments(self, call: tree.Call, kind: Kind, bare: bool) -> dict[str, Value] | None:
        """The arguments of a layer of the table; None, reported, where they are not in order."""
        if not kind.arguments and not bare:
            wanted = f"`{kind.name}`, which takes no arguments"
            self.scope.report(field_type.found(shown(call.span), wanted, call.span, f"write `{kind.name}`"))
            return None
        return self.values(call, kind)

    def layer(self, place: _Place, call: tree.Call, kind: Kind, bare: bool) -> Layers | None:
        """One layer of the table."""
        values = self.arguments(call, kind, bare)
        if values is None:
            return None
        given = kind.output(place.shape, values)
        if isinstance(given, str):
            return self.misfit(place, f"{given}, which `{kind.name}` takes", call.span)
        attributes = tuple((name, value) for name, value in values.items() if name not in kind.said)
        block = place.block if kind.tensors(place.shape, values) or kind.random else None
        return (Layer(kind.name, block, place.shape, given, attributes, (), call.span),)

    def values(self, call: tree.Call, kind: Kind) -> dict[str, Value] | None:
        """The arguments of a layer by name; None where one is missing or of another form."""
        names = tuple(argument.name for argument in kind.arguments)
        needed = tuple(argument.name for argument in kind.arguments if argument.default is None)
        given = of_call(self.scope, call, Signature(names, needed))
        read = {argument.name: _value(given, argument) for argument in kind.arguments}
        values = {name: value for name, value in read.items() if value is not None}
        return values if given.complete and len(values) == len(read) else None

    def skip(self, place: _Place, call: tree.Call) -> Layers | None:
        """`skip(e)`: the input, added to what `e` makes of it."""
        given = of_call(self.scope, call, Signature(("layers",), ("layers",)))
        if "layers" not in given.values or not given.complete:
            return None
        body = given.values["layers"]
        inner = self.composite(_Place(place.block, 0, place.shape, place.giver), body)
        if inner is None:
            return None
        output = inner[-1].output_shape if inner else place.shape
        if output != place.shape:
            taken = f"`{shape_text(place.shape)}`, the shape that reaches `skip`, to which it is added"
            last = parts(body)[-1].span
            self.scope.report(shape_mismatch.between(f"`{shape_text(output)}`", last, taken, call.span))
            return None
        return (Layer(SKIP, None, place.shape, place.shape, (), inner, call.span),)

    def foreign(self, call: tree.Call) -> None:
        """`extern(…)` among other layers: nothing says what shapes it takes and gives."""
        wanted = "it alone as the body of a map, whose declared shapes are its own"
        self.scope.report(field_type.found(f"{shown(call.span)} in a composition", wanted, call.span))

    def spelt_out(self, place: _Place, call: tree.Call) -> Layers | None:
        """The layers that `mlp` or `resnet9` stands for."""
        written = self.mlp(call) if call.function.name == "mlp" else self.resnet9(place, call)
        if written is None:
            return None
        if isinstance(written, str):
            return self.misfit(place, f"{written}, which `{call.function.name}` takes", call.span)
        return self.composite(place, written)

    def mlp(self, call: tree.Call) -> tree.Expression | None:
        """What `mlp(64, 32, activation = tanh)` stands for."""
        named = tree.Call(call.function, tuple(x for x in call.arguments if x.name is not None), call.span)
        given = of_call(self.scope, named, Signature(("activation",)))
        activation = given.take("activation", word, "the name of an activation", "relu")
        if activation is not None and activation not in ELEMENTWISE:
            span = given.values["activation"].span
            self.scope.report(unknown_name.not_among(activation, span, "activation", ELEMENTWISE))
            return None
        written = [x.value for x in call.arguments if x.name is None]
        widths = [
            required(self.scope, width, positive_whole, "a whole number of features above 0") for width in written
        ]
        if not widths:
            self.scope.report(missing_field.something("`mlp`", "its widths", call.span, f"write `{EXAMPLES['mlp']}`"))
        if not widths or None in widths or activation is None:
            return None
        return sugar.mlp([width for width in widths if width is not None], activation, call.span)

    def resnet9(self, place: _Place, call: tree.Call) -> tree.Expression | str | None:
        """What `resnet9(10)` stands for on the shape that reaches it."""
        given = of_call(self.scope, call, Signature(("classes",), ("classes",)))
        classes = given.take("classes", positive_whole, "a whole number of classes above 0")
        return None if classes is None else sugar.resnet9(place.shape, classes, call.span)

    def misfit(self, place: _Place, wanted: str, taker: Span) -> None:
        """A layer or a map that gets another shape than it takes."""
        hint = "add `flatten` before it" if len(place.shape) > 1 and "features" in wanted else None
        self.scope.report(shape_mismatch.between(f"`{shape_text(place.shape)}`", place.giver, wanted, taker, hint))


def _value(given: Given, argument: Argument) -> Value | None:
    written = given.values.get(argument.name)
    if written is None:
        return argument.default
    value = argument.read(written)
    if value is None:
        given.scope.report(field_type.found(shown(written.span), argument.wanted, written.span))
    return value


def _missing(kind: Kind | None) -> str:
    if kind is None:
        return "its arguments"
    if kind.name == "linear":
        return "its number of features"
    return " and ".join(f"`{argument.name}`" for argument in kind.arguments if argument.default is None)


def _too_many(span: Span) -> Diagnostic:
    return field_type.found("more layers in one map", f"{MOST_LAYERS} at most", span)


def _depth(layers: Iterable[Layer]) -> int:
    """How deep `skip` stands in `skip`."""
    return max((1 + _depth(layer.inner) for layer in layers if layer.operation == SKIP), default=0)


def first_repeated(layers: Iterable[Layer]) -> str | None:
    """The first block that occurs twice in a network: no layers share their weights."""
    seen: set[str] = set()
    for layer in every_layer(layers):
        if layer.block in seen:
            return layer.block
        if layer.block and has_block(layer):
            seen.add(layer.block)
    return None


def _foreign(scope: Scope, entry: Entry, call: tree.Call, source: Shape, target: Shape) -> Layers | None:
    """The one layer of a map that is a module of the user's own."""
    given = of_call(scope, call, Signature(("factory",), ("factory",)))
    written = given.values.get("factory")
    if written is None or not given.complete:
        return None
    if not isinstance(written, tree.String) or not FACTORY.fullmatch(written.value):
        wanted = 'a module and a name in it, such as `"package.module:Factory"`'
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    return (Layer(EXTERN, f"{entry.name}.0", source, target, (("factory", written.value),), (), call.span),)


def _layers(
    scope: Scope, maps: Mapping[str, NetworkMap], entry: Entry, node: tree.Map, ends: tuple[Shape, Shape | None]
) -> Layers | None:
    """The layers of a map's body; None where one of them is in error."""
    source, target = ends
    if isinstance(node.body, tree.Call) and node.body.function.name == EXTERN:
        return None if target is None else _foreign(scope, entry, node.body, source, target)
    return _Maker(scope, maps).composite(_Place(entry.name, 0, source, node.source.span), node.body)


def _map(scope: Scope, maps: Mapping[str, NetworkMap], entry: Entry) -> NetworkMap | None:
    node = entry.node
    assert isinstance(node, tree.Map)
    if node.name.name in NAMES:
        scope.report(duplicate_name.shipped(node.name, "a layer of the language"))
    source, target = shape(scope, node.source), shape(scope, node.target)
    layers = None if source is None else _layers(scope, maps, entry, node, (source, target))
    if source is None or layers is None or target is None:
        return None
    if sum(1 for _ in islice(every_layer(layers), MOST_LAYERS + 1)) > MOST_LAYERS:
        scope.report(_too_many(node.body.span))
        return None
    if _depth(layers) > DEEPEST_SKIP:
        wanted = f"{DEEPEST_SKIP} in one another at most"
        scope.report(field_type.found("more `skip` in one another", wanted, node.body.span))
        return None
    repeated = first_repeated(layers)
    if repeated:
        scope.report(duplicate_name.repeated(f"the block `{repeated}`", f"the map `{entry.name}`", node.body.span))
        return None
    output = layers[-1].output_shape if layers else source
    if output != target:
        scope.report(shape_mismatch.declared(output, parts(node.body)[-1].span, target, node.target.span))
        return None
    return NetworkMap(entry.name, layers, source, target, node.name.span)


def network_maps(scope: Scope) -> Mapping[str, NetworkMap]:
    """The maps of a specification, each with its layers; a map may be composed of others, by name."""
    entries = {entry.name: (entry, _used(scope, node)) for entry, node in scope.of(tree.Map)}
    order, cycles = in_order({name: used for name, (_, used) in entries.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(entries[name][0].identifier for name in names), "is composed of"))
    maps: dict[str, NetworkMap] = {}
    room = MOST_LAYERS_TOGETHER
    for name in order:
        entry = entries[name][0]
        found = _map(scope, maps, entry)
        room -= len(found.layers) if found else 0
        if room < 0:
            wanted = f"{MOST_LAYERS_TOGETHER} at most"
            scope.report(field_type.found("more layers in all maps together", wanted, entry.identifier.span))
            break
        if found:
            maps[name] = found
    return {name: maps[name] for name in entries if name in maps}
