"""The table of layers, and what it says about the layers of a checked map."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from catlearn.category.expression import Constant, show
from catlearn.theory.layers import dense, images, normalisation, pointwise, sequences
from catlearn.theory.layers.kind import Kind, Values
from catlearn.theory.theory import Block, Layer

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*pointwise.KINDS, *dense.KINDS, *images.KINDS, *normalisation.KINDS, *sequences.KINDS)
}
SUGAR = ("mlp", "resnet9")
SKIP, EXTERN = "skip", "extern"
NAMES = tuple(sorted((*KINDS, *SUGAR, SKIP, EXTERN)))
"""All words that stand for layers."""


def every_layer(layers: Iterable[Layer]) -> Iterator[Layer]:
    """All layers in order, each before those inside it."""
    for layer in layers:
        yield layer
        yield from every_layer(layer.inner)


def values_of(layer: Layer) -> Values:
    """The arguments of a layer by name: its attributes, and what its output shape says."""
    said = KINDS[layer.operation].said.items() if layer.operation in KINDS else ()
    return {**{name: layer.output_shape[axis] for name, axis in said}, **dict(layer.attributes)}


def blocks_of(layers: Iterable[Layer]) -> tuple[Block, ...]:
    """The blocks of some layers and of those inside them, in their order."""
    return tuple(_block(layer, layer.block) for layer in every_layer(layers) if layer.block and has_block(layer))


def has_block(layer: Layer) -> bool:
    """Whether the path of a layer is that of a block: a layer that only draws has a path, and no parameters."""
    return layer.block is not None and not (layer.operation in KINDS and KINDS[layer.operation].random)


def _block(layer: Layer, path: str) -> Block:
    kind = KINDS.get(layer.operation)
    if kind is None:
        return Block(path, ())
    values = values_of(layer)
    return Block(path, kind.tensors(layer.input_shape, values), kind.buffers(layer.input_shape, values))


def text(layers: Iterable[Layer]) -> str:
    """Layers as they could have been written, sugar and named maps spelt out: `linear(32) >> relu`."""
    return " >> ".join(map(_text, layers))


def _text(layer: Layer) -> str:
    if layer.operation == SKIP:
        return f"skip({text(layer.inner)})"
    if layer.operation == EXTERN:
        return f'extern("{dict(layer.attributes)["factory"]}")'
    values = values_of(layer)
    written = []
    for argument in KINDS[layer.operation].arguments:
        value = values[argument.name]
        if argument.default is None:
            written.append(show(Constant(Fraction(value))))
        elif value != argument.default:
            written.append(f"{argument.name} = {show(Constant(Fraction(value)))}")
    return f"{layer.operation}({', '.join(written)})" if written else layer.operation
