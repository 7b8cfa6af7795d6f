"""What a plan knows of modules of a user's own, which it does not import: it is told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from catlearn.plan.document import Document
from catlearn.plan.ir import LayerPlan, TensorPlan, every_layer
from catlearn.theory.layers.table import EXTERN
from catlearn.theory.layers.table import every_layer as every_layer_of_theory
from catlearn.theory.settings import networks_of
from catlearn.theory.theory import Block, Layer, Theory


class ForeignModule(Document):
    """The tensors of a module of a user's own, and the SHA-256 of the file that makes it."""

    tensors: tuple[TensorPlan, ...]
    code: str


Foreign = Mapping[str, ForeignModule]
"""Modules by the name of their factory."""


def foreign_layers(theory: Theory) -> Iterator[Layer]:
    """The layers, in networks of runs, that are modules of a user's own."""
    for run in theory.runs.values():
        yield from (
            layer
            for layers in networks_of(theory, run)
            for layer in every_layer_of_theory(layers)
            if layer.operation == EXTERN
        )


def completed(theory: Theory, modules: Foreign) -> Theory:
    """A theory whose modules of a user's own have the tensors and the code that they were found to have."""
    factories = {layer.block: str(dict(layer.attributes)["factory"]) for layer in foreign_layers(theory)}

    def block(found: Block) -> Block:
        module = modules.get(factories.get(found.path, ""))
        return found if module is None else replace(found, tensors=tuple((t.name, t.shape) for t in module.tensors))

    def layer(found: Layer) -> Layer:
        module = modules.get(factories.get(found.block, "")) if found.operation == EXTERN else None
        return found if module is None else replace(found, attributes=(*found.attributes, ("code", module.code)))

    return replace(
        theory,
        spaces={name: replace(space, blocks=tuple(map(block, space.blocks))) for name, space in theory.spaces.items()},
        maps={name: replace(known, layers=tuple(map(layer, known.layers))) for name, known in theory.maps.items()},
    )


def foreign_of(networks: Iterable[Iterable[LayerPlan]]) -> dict[str, ForeignModule]:
    """The modules that some networks of a plan name, as it knows them."""
    return {
        str(dict(layer.attributes)["factory"]): ForeignModule(
            tensors=layer.tensors, code=str(dict(layer.attributes)["code"])
        )
        for layers in networks
        for layer in every_layer(layers)
        if layer.operation == EXTERN
    }
