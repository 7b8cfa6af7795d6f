"""Layers that are compositions of others: what they stand for is written out, and is all that a theory sees."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.layers.kind import Shape


class _Writer(NamedTuple):
    """Writes expressions that stand where the sugar stands."""

    span: Span

    def word(self, name: str) -> tree.Expression:
        return tree.Name(name, False, self.span)

    def call(self, name: str, *values: int | tree.Expression, **named: int) -> tree.Expression:
        arguments = [tree.Argument(None, self._value(value), self.span) for value in values]
        for key, value in named.items():
            arguments.append(tree.Argument(tree.Identifier(key, self.span), self._value(value), self.span))
        return tree.Call(tree.Identifier(name, self.span), tuple(arguments), self.span)

    def composite(self, *parts: tree.Expression) -> tree.Composite:
        return tree.Composite(parts, self.span)

    def _value(self, value: int | tree.Expression) -> tree.Expression:
        return tree.Number(Fraction(value), None, self.span) if isinstance(value, int) else value

    def convolution(self, channels: int, pooled: bool = False) -> tuple[tree.Expression, ...]:
        """A convolution that keeps the size of the image, normalised and rectified, then halved where it is pooled."""
        layers = (self.call("conv2d", channels, 3, padding=1), self.word("batchnorm"), self.word("relu"))
        return (*layers, self.call("maxpool", 2)) if pooled else layers


def mlp(widths: Sequence[int], activation: str, span: Span) -> tree.Expression:
    """`mlp(64, 32, 10)`: linear layers of these widths with an activation between each two."""
    write = _Writer(span)
    parts: list[tree.Expression] = []
    for width in widths:
        parts += [write.word(activation)] if parts else []
        parts.append(write.call("linear", width))
    return write.composite(*parts)


def resnet9(shape: Shape, classes: int, span: Span) -> tree.Expression | str:
    """`resnet9(10)`: eight convolutions in two residual stages and a linear layer, after the DAWNBench entry of
    D. Page (2018); in words the shape that it needs, where it gets another."""
    if len(shape) != 3 or min(shape[1:]) < 8:
        return "an image of at least 8 x 8, `R[channels, height, width]`"
    write = _Writer(span)

    def residual(channels: int) -> tree.Expression:
        return write.call("skip", write.composite(*write.convolution(channels), *write.convolution(channels)))

    return write.composite(
        *write.convolution(64),
        *write.convolution(128, pooled=True),
        residual(128),
        *write.convolution(256, pooled=True),
        *write.convolution(512, pooled=True),
        residual(512),
        write.call("maxpool", min(shape[1:]) // 8),
        write.word("flatten"),
        write.call("linear", classes),
    )
