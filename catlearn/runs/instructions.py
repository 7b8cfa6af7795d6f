"""Update rules as straight-line programs: equations to instructions, each common subexpression once.

What depends on hyperparameters, the clock `t` and the `epoch` alone is a number, one for each lane and step; the rest
is instructions on tensors. Rules whose instructions are the same differ in their numbers only, and run together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from catlearn.category.expression import Apply, Constant, Expression, Symbol, evaluate, interpret, substitute, symbols
from catlearn.plan.expressions import from_node, pairs
from catlearn.plan.ir import RulePlan

CLOCK = frozenset({"t", "epoch"})
"""What a hyperparameter may depend on: the step, 1 at the first, and the number of whole epochs before it."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a step begins with: `theta`, the gradient `g` or a state."""

    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of the instruction at a position."""

    position: int


@dataclass(frozen=True, slots=True)
class Number:
    """One of a rule's numbers, by its position among them."""

    position: int


Operand = Input | Result | Number


@dataclass(frozen=True, slots=True)
class Instruction:
    """An elementwise operation on operands.

    Beside those of expressions there are `copy`; a product or quotient with an addition: `addcmul`, x + y z; `subcmul`,
    x - y z; `addcdiv`, x + y / z; `subcdiv`, x - y / z; and the mean `lerp`, (1 - z) x + z y for a number z."""

    operation: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """What rules that run together share: the instructions of a step, and for `theta` and each state the instruction
    whose result is its next value, None where it stays as it is."""

    states: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    following: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule: its structure, its numbers as expressions over `t` and `epoch`, and the initial values of its
    states as expressions over `theta`."""

    structure: Structure
    numbers: tuple[Expression, ...]
    initial: tuple[tuple[str, Expression], ...]


def compile_rule(plan: RulePlan) -> Rule:
    """The instructions that a rule's equations stand for.

    Numbers that are exactly 0 or 1 are simplified away, as if all values were finite: 0 x is 0 and 1 x is x; and x / z
    is x times 1 / z for a number z. Raises
    `ValueError` where a hyperparameter depends on more than the clock."""
    arguments: dict[str, Expression] = {}
    for argument in plan.arguments:
        earlier = {name: value for name, value in arguments.items() if name not in CLOCK}
        value = substitute(from_node(argument.value), earlier)
        if not CLOCK.issuperset(symbols(value)):
            raise ValueError(f"hyperparameter `{argument.name}` of `{plan.name}` depends on more than the clock")
        arguments[argument.name] = value
    states = tuple(state.name for state in plan.states)
    builder = _Builder(arguments)
    values: dict[str, _Value] = {name: Symbol(name) for name in (*CLOCK, *arguments)}
    values.update((name, Input(name)) for name in ("theta", "g", *states))
    for name, equation in pairs(plan.equations):
        bare = name.rstrip("'")
        values[f"{bare}'"] = builder.definition(bare, interpret(builder, equation, values))
    ends = {name: values[f"{name}'"] for name in ("theta", *states)}
    instructions, following = _fused(builder.instructions, tuple(builder.numbers), ends)
    initial = tuple((name, substitute(value, arguments)) for name, value in pairs(plan.states))
    numbers = tuple(substitute(number, arguments) for number in builder.numbers)
    return Rule(Structure(states, instructions, following), numbers, initial)


_Value = Expression | Input | Result


class _Builder:
    """Expressions as an algebra of operands: numbers stay expressions, all else becomes instructions."""

    def __init__(self, arguments: Mapping[str, Expression]) -> None:
        self._arguments = arguments
        self.numbers: dict[Expression, Number] = {}
        self._positions: dict[Instruction, Result] = {}

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """The instructions so far."""
        return tuple(self._positions)

    def constant(self, value: Fraction) -> _Value:
        return Constant(value)

    def apply(self, operation: str, arguments: tuple[_Value, ...]) -> _Value:
        if all(isinstance(argument, Expression) for argument in arguments):
            return Apply(operation, tuple(argument for argument in arguments if isinstance(argument, Expression)))
        simpler = self._simplified(operation, arguments)
        return self._instruction(operation, arguments) if simpler is None else simpler

    def definition(self, name: str, value: _Value) -> _Value:
        """The value of an equation, computed at its place where it is no instruction already."""
        computed = isinstance(value, Result) or value == Input(name)
        return value if computed else self._instruction("copy", (value,))

    def _instruction(self, operation: str, arguments: Iterable[_Value]) -> Result:
        made = Instruction(operation, tuple(map(self._operand, arguments)))
        return self._positions.setdefault(made, Result(len(self._positions)))

    def _operand(self, value: _Value) -> Operand:
        if isinstance(value, Input | Result):
            return value
        return self.numbers.setdefault(value, Number(len(self.numbers)))

    def _exact(self, value: _Value) -> Fraction | None:
        """The value of a number that is the same rational at every step."""
        if isinstance(value, Input | Result):
            return None
        known = substitute(value, self._arguments)
        return None if CLOCK.intersection(symbols(known)) else evaluate(known, {})

    def _simplified(self, operation: str, arguments: tuple[_Value, ...]) -> _Value | None:
        """A value that needs no instruction, or simpler ones; None where there is none."""
        if len(arguments) == 1:
            return None
        left, right = arguments
        known = (self._exact(left), self._exact(right))
        match operation, known:
            case ("add", (0, _)) | ("multiply", (1, _)):
                return right
            case ("add" | "subtract", (_, 0)) | ("multiply" | "divide" | "power", (_, 1)):
                return left
            case ("multiply", (0, _)) | ("multiply", (_, 0)):
                return Constant(Fraction(0))
            case "power", (_, 2):
                return self._instruction("multiply", (left, left))
            case "power", (_, 3):
                return self._instruction("multiply", (self._instruction("multiply", (left, left)), left))
        if operation == "divide" and isinstance(right, Expression):
            return self._instruction("multiply", (left, Apply("divide", (Constant(Fraction(1)), right))))
        return None


_COMBINED = {
    ("add", "multiply"): "addcmul",
    ("add", "divide"): "addcdiv",
    ("subtract", "multiply"): "subcmul",
    ("subtract", "divide"): "subcdiv",
}


def _fused(
    instructions: tuple[Instruction, ...], numbers: Sequence[Expression], ends: Mapping[str, _Value]
) -> tuple[tuple[Instruction, ...], tuple[tuple[str, int | None], ...]]:
    """Instructions with each product or quotient that only one addition reads taken into that addition, and the
    positions of the next values among them."""
    uses = Counter(operand for instruction in instructions for operand in instruction.operands)
    uses.update(value for value in ends.values() if isinstance(value, Result))
    fusing = _Fusing(instructions, numbers, uses)
    combined = [fusing.mean(instruction) or fusing.combined(instruction) for instruction in instructions]
    gone = {position for _, positions in combined for position in positions}
    kept = [position for position in range(len(instructions)) if position not in gone]
    places = {position: place for place, position in enumerate(kept)}
    moved = tuple(_moved(combined[position][0], places) for position in kept)
    following = {name: places[value.position] if isinstance(value, Result) else None for name, value in ends.items()}
    return moved, tuple(following.items())


def _moved(instruction: Instruction, places: Mapping[int, int]) -> Instruction:
    operands = (
        Result(places[operand.position]) if isinstance(operand, Result) else operand for operand in instruction.operands
    )
    return Instruction(instruction.operation, tuple(operands))


_Combined = tuple[Instruction, tuple[int, ...]]
"""An instruction, and the positions of those that are taken into it."""


@dataclass(frozen=True, slots=True)
class _Fusing:
    """Instructions with the numbers that they read, and how often each operand is read."""

    instructions: tuple[Instruction, ...]
    numbers: Sequence[Expression]
    uses: Mapping[Operand, int]

    def mean(self, outer: Instruction) -> _Combined | None:
        """The sum of two products as one mean, where their numbers are z and 1 - z; None where it is none."""
        parts = [self._scaled(operand) for operand in outer.operands] if outer.operation == "add" else []
        match parts:
            case [(one, x, first), (other, y, second)] if self._sum_to_one(one, other):
                return Instruction("lerp", (x, y, other)), (first, second)
        return None

    def combined(self, outer: Instruction) -> _Combined:
        """An instruction with one of its operands taken into it, where there is one for that."""
        sides = list(enumerate(outer.operands))
        for place, operand in reversed(sides if outer.operation == "add" else sides[1:]):
            if not isinstance(operand, Result) or self.uses[operand] > 1 or len(sides) != 2:
                continue
            inner, other = self.instructions[operand.position], outer.operands[1 - place]
            operation = _COMBINED.get((outer.operation, inner.operation))
            operands = (other, *inner.operands)
            if operation is not None and sum(isinstance(part, Number) for part in operands) <= 1:
                return Instruction(operation, operands), (operand.position,)
        return outer, ()

    def _scaled(self, operand: Operand) -> tuple[Number, Operand, int] | None:
        """A number, what it multiplies, and the position of that product, which nothing else reads."""
        if not isinstance(operand, Result) or self.uses[operand] > 1:
            return None
        match self.instructions[operand.position]:
            case Instruction("multiply", (Number() as number, other) | (other, Number() as number)):
                return number, other, operand.position
        return None

    def _sum_to_one(self, one: Number, other: Number) -> bool:
        left, right = (self.numbers[number.position] for number in (one, other))
        if isinstance(left, Constant) and isinstance(right, Constant):
            return left.value + right.value == 1
        return left == _complement(right) or right == _complement(left)


def _complement(number: Expression) -> Expression:
    return Apply("subtract", (Constant(Fraction(1)), number))
