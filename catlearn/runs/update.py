"""Update rules executed: the instructions of a rule in place on the stacked tensors of its lanes.

Numbers are computed once a step in double precision and enter as columns (lanes, 1), never as scalars, so that a
lane's bits do not depend on the numbers of its neighbours. On the processor tensors are worked on in pieces that stay
in its cache.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.category.expression import Expression, interpret
from catlearn.runs.fusion import FUNCTIONS, fused
from catlearn.runs.instructions import CLOCK, Input, Instruction, Number, Operand, Result, Rule, Structure

_PIECE = 1 << 15
"""Numbers in one piece of a tensor: the five tensors of Adam then fill 640 kB of cache."""

_STEPS = 128
"""Steps whose numbers are computed together; always the same ones, wherever training begins."""

Array = np.ndarray[Any, np.dtype[np.float64]]
Call = tuple[Callable[..., object], tuple[Any, ...], Any]


def initial_states(rule: Rule, theta: Tensor) -> tuple[Tensor, ...]:
    """The states of one lane before its first step from theta, of the shape of theta and apart from it."""
    algebra = _Elementwise(theta)
    values = (interpret(algebra, value, {"theta": theta}) for _, value in rule.initial)
    return tuple(value.clone() if value is theta else value for value in values)


class _Elementwise:
    """Tensors of the shape of another as an algebra."""

    def __init__(self, like: Tensor) -> None:
        self._like = like

    def constant(self, value: Fraction) -> Tensor:
        return torch.full_like(self._like, value.numerator / value.denominator)

    def apply(self, operation: str, arguments: tuple[Tensor, ...]) -> Tensor:
        result: Tensor = (_sqrt if operation == "sqrt" else _IN_PLACE[operation])(*arguments)
        return result


class Update:
    """The steps of some lanes whose rules have one structure."""

    def __init__(
        self,
        rules: Sequence[Rule],
        theta: Tensor,
        gradient: Tensor,
        states: Sequence[Tensor],
        epoch_steps: int,
        compiled: bool = False,
    ) -> None:
        """`rules` has one for each lane; `theta`, `gradient` and each of `states` are (lanes, P) and are read and
        written in place at every step. `epoch_steps` is the number of steps in an epoch. A step is `compiled` to one
        kernel where that is wanted and torch can."""
        (structure,) = {rule.structure for rule in rules}
        self._rules, self._epoch_steps = tuple(rules), epoch_steps
        self._columns = theta.new_empty(len(rules), len(rules[0].numbers))  # (lanes, numbers)
        self._first, self._table = 0, theta.new_empty(0)
        tensors = {"theta": theta, "g": gradient, **dict(zip(structure.states, states, strict=True))}
        self._fused = fused(structure, tensors, self._columns) if compiled else None
        self._calls = () if self._fused else tuple(_calls(structure, tensors, self._columns))

    def step(self, t: int) -> None:
        """Take step t, 1 being the first."""
        self.at(t)
        self.apply()

    def at(self, t: int) -> None:
        """Bring the numbers of step t to where `apply` reads them."""
        first = t - (t - 1) % _STEPS
        if first != self._first:
            self._first, self._table = first, self._numbers(first)
        self._columns.copy_(self._table[t - first])

    def apply(self) -> None:
        """Take the step whose numbers are there: the same calls on the same memory each time."""
        if self._fused:
            self._fused()
        with np.errstate(invalid="ignore"):  # the root of a negative number is NaN, as in torch
            for function, operands, out in self._calls:
                function(*operands, out=out)

    def _numbers(self, first: int) -> Tensor:
        """The numbers (steps, lanes, numbers) of the steps from one on."""
        known = {rule.numbers: _over_steps(rule.numbers, first, self._epoch_steps) for rule in self._rules}
        table = np.stack([known[rule.numbers] for rule in self._rules], axis=1)
        return torch.from_numpy(table).to(self._columns)


def _over_steps(numbers: Sequence[Expression], first: int, epoch_steps: int) -> Array:
    """The values (steps, numbers) of expressions over the clock, in double precision: infinities and NaN as IEEE 754
    has them, never an exception."""
    steps = np.arange(first, first + _STEPS, dtype=np.float64)
    clock = dict(zip(sorted(CLOCK), ((steps - 1) // epoch_steps, steps), strict=True))
    values = np.empty((_STEPS, len(numbers)))
    with np.errstate(all="ignore"):
        for position, number in enumerate(numbers):
            values[:, position] = interpret(_DOUBLES, number, clock)
    return values


class _Doubles:
    """Numbers and arrays of double precision as an algebra."""

    def constant(self, value: Fraction) -> Any:
        return np.float64(value.numerator / value.denominator)

    def apply(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        return _NUMBERS[operation](*arguments)


_DOUBLES = _Doubles()


def _calls(structure: Structure, tensors: Mapping[str, Tensor], columns: Tensor) -> Iterator[Call]:
    """What a step calls, piece by piece: functions with their operands and where their results go."""
    places = _places(structure)
    scratch = max((place for place in places if isinstance(place, int)), default=-1) + 1
    lanes, width = tensors["theta"].shape
    size = _PIECE if columns.device.type == "cpu" else max(1, lanes * width)
    rows = max(1, min(lanes, size // max(width, 1)))
    buffers = columns.new_empty(scratch, rows * min(width, size))
    for top in range(0, lanes, rows):
        for left in range(0, width, size):
            piece = {name: tensor[top : top + rows, left : left + size] for name, tensor in tensors.items()}
            shape = piece["theta"].shape
            spare = [buffer[: shape.numel()].view(shape) for buffer in buffers]
            own = columns[top : top + rows]
            yield from _piece_calls(structure, places, piece, spare, own)


def _piece_calls(
    structure: Structure, places: Sequence[str | int], piece: Mapping[str, Tensor], spare: list[Tensor], columns: Tensor
) -> Iterator[Call]:
    def at(place: str | int) -> Tensor:
        return piece[place] if isinstance(place, str) else spare[place]

    def value(operand: Operand) -> Tensor:
        match operand:
            case Input(name):
                return piece[name]
            case Number(position):
                return columns[:, position : position + 1]
            case Result(position):
                return at(places[position])

    for instruction, place in zip(structure.instructions, places, strict=True):
        yield _call(instruction.operation, tuple(map(value, instruction.operands)), at(place))
    for name, position in structure.following:
        if position is not None and places[position] != name:
            yield _copy, (at(places[position]),), piece[name]


def _call(operation: str, operands: tuple[Tensor, ...], out: Tensor) -> Call:
    """An operation on operands; a root on the processor, as `_sqrt` takes it, on their memory, looked up once."""
    if operation == "sqrt" and out.device.type == "cpu":
        return np.sqrt, tuple(operand.numpy() for operand in operands), out.numpy()
    return _IN_PLACE[operation], operands, out


def _places(structure: Structure) -> tuple[str | int, ...]:
    """Where each instruction's result goes: in place of what it follows, where that is read no more, or into one of
    as few scratch tensors as suffice."""
    last = _last_uses(structure)
    ends = {position: name for name, position in reversed(structure.following) if position is not None}
    places: list[str | int] = []
    free: list[int] = []
    count = 0
    for position, instruction in enumerate(structure.instructions):
        free += _released(instruction, position, places, last)
        name = ends.get(position)
        if name is not None and last.get(Input(name), -1) <= position:
            places.append(name)
        elif free:
            places.append(free.pop())
        else:
            places.append(count)
            count += 1
    return tuple(places)


def _released(
    instruction: Instruction, position: int, places: Sequence[str | int], last: Mapping[Operand, int]
) -> Iterator[int]:
    """The scratch tensors whose content no later instruction reads."""
    for operand in dict.fromkeys(instruction.operands):
        if isinstance(operand, Result) and last[operand] == position:
            place = places[operand.position]
            if isinstance(place, int):
                yield place


def _last_uses(structure: Structure) -> dict[Operand, int]:
    """The position of the last instruction that reads each operand; what is a next value is read at the end."""
    last: dict[Operand, int] = {}
    for position, instruction in enumerate(structure.instructions):
        last.update((operand, position) for operand in instruction.operands)
    last.update(
        (Result(position), len(structure.instructions)) for _, position in structure.following if position is not None
    )
    return last


def _copy(source: Tensor, out: Tensor) -> None:
    out.copy_(source)


def _sqrt(values: Tensor) -> Tensor:
    """The square root, correctly rounded. Where torch takes it from MKL, zeros cost 17 times as much as other numbers,
    and the second moments of weights behind pixels that are always black are zeros."""
    return torch.from_numpy(np.sqrt(values.numpy()))


_IN_PLACE: Mapping[str, Callable[..., Any]] = {
    **{
        name: function if factor is None else partial(function, value=factor)
        for name, (function, factor) in FUNCTIONS.items()
    },
    "copy": _copy,
}
"""What instructions compute, into `out`."""

_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negate": np.negative,
    "sqrt": np.sqrt,
    "sign": np.sign,
    "absolute": np.absolute,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
}
