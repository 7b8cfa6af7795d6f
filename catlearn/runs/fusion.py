"""A step of an update rule as one kernel on a GPU, where it would else be one for each instruction: what binds it there
is memory, and each kernel reads and writes its tensors anew (Adam: 100 bytes a number in ten kernels, 28 in one)."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import torch
from torch import Tensor
from torch.fx import Graph, GraphModule, Node
from torch.utils._triton import has_triton

from catlearn.runs.instructions import Input, Number, Operand, Structure

WORTH_COMPILING = 1 << 24
"""Numbers of all lanes from which a step is compiled, which takes seconds once: it then saves 0.3 ms or more."""


def compiles(device: torch.device, numbers: int) -> bool:
    """Whether steps on so many numbers are one kernel, as far as torch can compile here. Bits depend on it, and it on
    nothing else of a run."""
    return device.type == "cuda" and numbers >= WORTH_COMPILING and has_triton()


def fused(structure: Structure, tensors: Mapping[str, Tensor], columns: Tensor) -> Callable[[], object] | None:
    """A step of rules of one structure, compiled by torch, in place on `theta` and the states among tensors (lanes, P),
    given the gradient `g` there and the numbers of the step as columns (lanes, numbers). None where torch cannot
    compile it, as without a C compiler."""
    step, arguments = _compiled(structure), [columns, *(tensors[name] for name in _inputs(structure))]
    try:
        with torch._inductor.config.patch(compile_threads=1):
            step(*(argument.clone() for argument in arguments))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:  # what torch raises where it, its code generator or a compiler refuses
        return None
    return partial(step, *arguments)


@cache
def _compiled(structure: Structure) -> Callable[..., object]:
    return torch.compile(graph(structure), dynamic=True, fullgraph=True)


def graph(structure: Structure) -> GraphModule:
    """A step as a function of its columns, `theta`, `g` and the states, of which it overwrites all but the gradient."""
    made = Graph()
    columns = made.placeholder("columns")
    inputs = {name: made.placeholder(name) for name in _inputs(structure)}
    results: list[Node] = []

    def value(operand: Operand) -> Node:
        match operand:
            case Input(name):
                return inputs[name]
            case Number(position):
                return made.call_method("narrow", (columns, 1, position, 1))  # (lanes, 1)
        return results[operand.position]

    for instruction in structure.instructions:
        function, factor = FUNCTIONS[instruction.operation]
        operands = tuple(map(value, instruction.operands))
        results.append(made.call_function(function, operands, None if factor is None else {"value": factor}))
    for name, position in structure.following:
        if position is not None:
            made.call_method("copy_", (inputs[name], results[position]))
    made.output(None)
    return GraphModule({}, made)


def _inputs(structure: Structure) -> Sequence[str]:
    return ("theta", "g", *structure.states)


FUNCTIONS: Mapping[str, tuple[Callable[..., Tensor], int | None]] = {
    "add": (torch.add, None),
    "subtract": (torch.sub, None),
    "multiply": (torch.mul, None),
    "divide": (torch.div, None),
    "power": (torch.pow, None),
    "negate": (torch.neg, None),
    "sqrt": (torch.sqrt, None),
    "sign": (torch.sign, None),
    "absolute": (torch.abs, None),
    "maximum": (torch.maximum, None),
    "minimum": (torch.minimum, None),
    "copy": (torch.clone, None),
    "addcmul": (torch.addcmul, None),
    "subcmul": (torch.addcmul, -1),
    "addcdiv": (torch.addcdiv, None),
    "subcdiv": (torch.addcdiv, -1),
    "lerp": (torch.lerp, None),
}
"""What instructions compute, and the factor of what they add. New tensors, so that no step reads what it has
overwritten; compiled they are none."""
