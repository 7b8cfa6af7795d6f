"""The operations that training takes: those of the products of weights with what goes through them.

A multiply-add counts as two. The forward pass has one product at each layer with weights, the backward pass one more
for the gradient of weights that train, and one for the gradient of the layer's input where anything before it trains. A
frozen prefix is passed forward once for each training example, since its activations are kept. Elementwise operations,
update rules and evaluations are not counted.
"""

from collections.abc import Collection, Sequence
from math import prod

from catlearn.plan.ir import LayerPlan, TrainJob, every_layer
from catlearn.theory.quantities import UNCOUNTED


def operations(job: TrainJob, examples: Sequence[int], clock: int) -> int:
    """The operations that a job takes from the clock at which it begins. `examples` are the training examples of the
    dataset of each of its networks.

    Raises `ValueError` for a network with layers that are not counted."""
    frozen = {block.block for block in job.frozen}
    total = 0
    for layers, count in zip(job.networks, examples, strict=True):
        once, every = _of_an_example(layers, frozen)
        total += once * count + every * (_seen(job, count, clock + job.steps) - _seen(job, count, clock))
    return total


def _of_an_example(layers: Sequence[LayerPlan], frozen: Collection[str]) -> tuple[int, int]:
    """The operations for an example: once, in the frozen prefix, and each time that it is trained on."""
    once = every = 0
    moving = False
    for layer in every_layer(layers):
        trains = bool(layer.tensors) and layer.block not in frozen
        product = 2 * _multiplications(layer)
        if moving or trains:
            every += product * (1 + trains + moving)
        else:
            once += product
        moving = moving or trains
    return once, every


def _multiplications(layer: LayerPlan) -> int:
    """The multiplications of weights with one example: each weight at every place at which it is used."""
    if layer.operation in UNCOUNTED:
        raise ValueError(f"the products of `{layer.operation}` are not counted")
    if layer.operation == "conv2d":
        return prod(layer.tensors[0].shape) * prod(layer.output_shape[1:])
    return prod(layer.tensors[0].shape) * prod(layer.output_shape[:-1]) if layer.operation == "linear" else 0


def _seen(job: TrainJob, examples: int, clock: int) -> int:
    """The examples in the batches of so many steps."""
    if not job.keep_last:
        return clock * job.batch
    epochs, rest = divmod(clock, -(-examples // job.batch))
    return epochs * examples + rest * job.batch
