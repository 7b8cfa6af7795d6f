"""What runs take on disk and in time, before they are trained: bytes from shapes and checkpoints, time from records.

A trajectory is a safetensors file: eight bytes, a header of JSON filled with spaces to a multiple of eight, and the
tensors (https://github.com/huggingface/safetensors#format). Its length follows from names and shapes alone.
"""

import json
from collections.abc import Iterator, Mapping
from math import prod

from catlearn.plan.ir import LayerPlan, TrainJob, every_layer

FLOAT32 = 4
"""Bytes of a number."""

Shapes = Mapping[str, tuple[int, ...]]


def trajectory_bytes(job: TrainJob) -> int:
    """The length of the trajectory file of one seed that comes to its end; one that diverges takes less."""
    shapes = trajectory_shapes(job)
    return 8 + _header_bytes(shapes) + FLOAT32 * sum(map(prod, shapes.values()))


def checkpoints(job: TrainJob) -> int:
    """The number of checkpoints of a run: one at its start, one after each spacing, one at its end; of one that was
    trained elsewhere, those that there are."""
    return 1 + -(-job.steps // job.checkpoint_every) if job.imported is None else len(job.imported.steps)


def trajectory_shapes(job: TrainJob) -> Shapes:
    """The tensors of a trajectory: `block.tensor` at all checkpoints, and the optimiser's states at the end."""
    kept = checkpoints(job)
    frozen = {block.block for block in job.frozen}
    shapes = {name: (kept, *shape) for _, name, shape in _tensors(job, buffers=True)}
    for state in job.rule.states if job.imported is None else ():
        for block, name, shape in _tensors(job, buffers=False):
            if block not in frozen:
                shapes[f"state:{state.name}:{name}"] = shape
    return shapes


def _tensors(job: TrainJob, buffers: bool) -> Iterator[tuple[str | None, str, tuple[int, ...]]]:
    """Blocks, names and shapes of the parameters of a job, and of its buffers."""
    for layer in every_layer(job.layers):
        for tensor in (*layer.tensors, *(layer.buffers if buffers else ())):
            yield layer.block, f"{layer.block}.{tensor.name}", tensor.shape


def _header_bytes(shapes: Shapes) -> int:
    """The length of the header, filled to a multiple of eight; tensors lie in the order of their names."""
    at, header = 0, {}
    for name in sorted(shapes):
        following = at + FLOAT32 * prod(shapes[name])
        header[name] = {"dtype": "F32", "shape": list(shapes[name]), "data_offsets": [at, following]}
        at = following
    length = len(json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode())
    return length + -length % 8


def alike(one: TrainJob, other: TrainJob) -> bool:
    """Whether a step of one job takes as long as one of another: the same layers, data and batches, frozen alike."""
    blocks = [{block.block for block in job.frozen} for job in (one, other)]
    return (
        _network(one.layers) == _network(other.layers)
        and (one.datasets, one.batch) == (other.datasets, other.batch)
        and blocks[0] == blocks[1]
    )


def _network(layers: tuple[LayerPlan, ...]) -> list[object]:
    return [(layer.operation, layer.input_shape, layer.output_shape, layer.attributes) for layer in every_layer(layers)]
