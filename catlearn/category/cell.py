"""Strict cells: maps of states that commute with two update rules, for all gradient sequences (DESIGN 3).

A cell from U1 to U2 is a map phi of states, identity on `theta`, that sends initial state to initial state and has

    phi(U1(s)) = U2(phi(s))

at every state s that U1 reaches from its initial one, whatever the gradients. It is a morphism of state machines, so
cells compose by composing their maps, and a cell that holds says that both rules give the same `theta` for ever.

A hyperparameter that is not assumed constant may change from step to step. Before a step phi uses its previous
value, during and after the step both rules and phi use the current one; at the first step the two are the same.

A cell without a map of states claims that there is one. It is refuted by gradients after which the two rules, each from
its own initial state, have different `theta`: no map of states can mend that.

Where an expression is undefined (a division by zero) both sides must be. A run ends where a component of the source's
state is undefined, and the cell says nothing of what would come after.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TypeVar

from catlearn.category.enclosure import EXACT, Gap, Value, differ, show_value
from catlearn.category.expression import Algebra, Symbol, interpret, parts, size, substitute, symbols, too_deep
from catlearn.category.update_rule import (
    ArgumentError,
    BoundRule,
    StrictCell,
    initial_in,
    invalid_arguments,
    step_in,
)

GREATEST_EFFORT = 40_000
"""Nodes of expressions that a search for a counterexample may evaluate."""

LEAST_EFFORT = 500
"""What each of many searches may evaluate in any case: one trial of rules as large as Adam."""

EFFORT_TOGETHER = 200_000
"""What many searches may evaluate together, as far as each has not its least effort."""

V = TypeVar("V")


# What can be wrong with a cell.


@dataclass(frozen=True, slots=True)
class StateNotMapped:
    """A state of the target that the state map does not give."""

    state: str


@dataclass(frozen=True, slots=True)
class MapsNoState:
    """The state map gives a value to what is not a state of the target."""

    name: str


@dataclass(frozen=True, slots=True)
class StateMappedTwice:
    """The state map gives two values to one state."""

    state: str


@dataclass(frozen=True, slots=True)
class ThetaMoved:
    """The state map sends `theta` to something else than `theta`."""


@dataclass(frozen=True, slots=True)
class SymbolInMap:
    """The value of a state reads something else than `theta`, the source's states and the hyperparameters.

    `known` tells `g`, `t` and the next values of the source from names that nothing declares."""

    state: str
    symbol: str
    known: bool


@dataclass(frozen=True, slots=True)
class AmbiguousSymbol:
    """A hyperparameter with the name of one of the source's states."""

    symbol: str


@dataclass(frozen=True, slots=True)
class ConstantUnknown:
    """An assumption about what is not a hyperparameter of the cell, nor `g` where that may stand."""

    name: str


@dataclass(frozen=True, slots=True)
class MapTooDeep:
    """A value of the state map nested deeper than `expression.GREATEST_DEPTH`."""

    state: str


@dataclass(frozen=True, slots=True)
class SideInvalid:
    """A rule whose arguments do not bind it; `side` is `source` or `target`."""

    side: str
    error: ArgumentError


CellError = (
    StateNotMapped
    | MapsNoState
    | StateMappedTwice
    | ThetaMoved
    | SymbolInMap
    | AmbiguousSymbol
    | ConstantUnknown
    | MapTooDeep
    | SideInvalid
)


def hyperparameters(cell: StrictCell) -> tuple[str, ...]:
    """The symbols in which the arguments of the two rules are written, sorted."""
    sides = (cell.source, cell.target)
    return tuple(sorted({name for side in sides for _, value in side.arguments for name in symbols(value)}))


def states(bound: BoundRule) -> tuple[str, ...]:
    """The names of a rule's states, without `theta`."""
    return tuple(name for name, _ in bound.rule.states)


def is_sought(cell: StrictCell) -> bool:
    """Whether a cell comes without the map of states that its target needs."""
    return not cell.state_map and bool(cell.target.rule.states)


def assumed(cell: StrictCell) -> frozenset[str]:
    """The hyperparameters about which a cell assumes something; `g` may be among them."""
    return cell.constant | cell.zero | cell.nonzero | cell.positive


def _invalid_map(cell: StrictCell) -> Iterator[CellError]:
    if is_sought(cell):
        return
    given = Counter(name for name, _ in cell.state_map)
    yield from (StateNotMapped(name) for name in states(cell.target) if name not in given)
    yield from (MapsNoState(name) for name in given if name not in ("theta", *states(cell.target)))
    yield from (StateMappedTwice(name) for name, count in given.items() if count > 1)
    if any(name == "theta" and value != Symbol("theta") for name, value in cell.state_map):
        yield ThetaMoved()


def _invalid_symbols(cell: StrictCell) -> Iterator[CellError]:
    read = {"theta", *states(cell.source)}
    known = {"g", "t", *(f"{name}'" for name in read)}
    for state, value in cell.state_map:
        for symbol in symbols(value):
            if symbol not in read and symbol not in hyperparameters(cell):
                yield SymbolInMap(state, symbol, symbol in known)


def invalid(cell: StrictCell) -> Iterator[CellError]:
    """Everything that keeps a cell from being a map of states between two rules; both rules must be valid."""
    for side, bound in (("source", cell.source), ("target", cell.target)):
        yield from (SideInvalid(side, error) for error in invalid_arguments(bound))
    yield from (MapTooDeep(state) for state, value in cell.state_map if too_deep(value))
    yield from _invalid_map(cell)
    yield from _invalid_symbols(cell)
    names = hyperparameters(cell)
    yield from (AmbiguousSymbol(name) for name in states(cell.source) if name in names)
    known = {*names} | ({"g"} if "g" in cell.nonzero else set[str]())
    yield from (ConstantUnknown(name) for name in sorted(assumed(cell)) if name not in known)


# The two ways round the square, in any algebra.


def map_in(algebra: Algebra[V], cell: StrictCell, state: Mapping[str, V], values: Mapping[str, V]) -> dict[str, V]:
    """phi of a state, with these values of the hyperparameters; `theta` first."""
    images = dict(cell.state_map)
    names = {**values, **state}
    mapped = {name: interpret(algebra, images[name], names) for name in states(cell.target)}
    return {"theta": state["theta"], **mapped}


def square_in(
    algebra: Algebra[V],
    cell: StrictCell,
    state: Mapping[str, V],
    gradient: V,
    step: V,
    before: Mapping[str, V],
    now: Mapping[str, V],
) -> tuple[dict[str, V], dict[str, V], dict[str, V]]:
    """U1(s), phi(U1(s)) and U2(phi(s)); `before` and `now` are the hyperparameters of the last step and of this."""
    reached = step_in(algebra, cell.source, state, gradient, step, now)
    mapped = map_in(algebra, cell, state, before)
    return reached, map_in(algebra, cell, reached, now), step_in(algebra, cell.target, mapped, gradient, step, now)


def composable(first: StrictCell, second: StrictCell) -> bool:
    """Whether one cell ends at the rule, with its arguments, where another starts."""
    return first.target == second.source


def composed_size(first: StrictCell, second: StrictCell) -> int:
    """The number of nodes of the map of states of `composed`, without composing it."""
    sizes = {name: size(value) for name, value in first.state_map}
    nodes = (part for _, value in second.state_map for _, part in parts(value))
    return sum(sizes.get(part.name, 1) if isinstance(part, Symbol) else 1 for part in nodes)


def composed(first: StrictCell, second: StrictCell) -> StrictCell:
    """The vertical composite of two composable cells: the map of the second after that of the first.

    Where one of them comes without a map that it needs, so does the composite."""
    images = dict(first.state_map)
    state_map = tuple((name, substitute(value, images)) for name, value in second.state_map)
    known = not (is_sought(first) or is_sought(second))
    return StrictCell(
        first.source,
        second.target,
        state_map if known else (),
        first.constant | second.constant,
        first.zero | second.zero,
        first.nonzero | second.nonzero,
        first.positive | second.positive,
    )


def reads_theta(cell: StrictCell) -> str | None:
    """A state of the target whose image reads `theta`."""
    images = (name for name, value in cell.state_map if name != "theta" and "theta" in symbols(value))
    return next(images, None)


# Counterexamples.

Point = tuple[tuple[str, Fraction], ...]
"""Exact values of the hyperparameters, by name."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A reachable state at which the two ways round the square part.

    From the initial state at `theta`, the source's rule makes one step for each of the `gradients`, with the
    hyperparameters of the same position; `state` is what it has reached before the last of these steps. After that
    step the `component` of phi(U1(s)) is `left` and that of U2(phi(s)) is `right`, which are certainly different: exact
    rationals, disjoint enclosures, or one of them undefined. Without gradients it is the initial state that phi
    sends to something else (`left`) than the initial state of the target (`right`). For a cell without a map `left`
    and `right` are what the two rules have made of `theta` after the gradients, each by itself."""

    hyperparameters: tuple[Point, ...]
    theta: Fraction
    gradients: tuple[Fraction, ...]
    state: tuple[tuple[str, Value], ...]
    component: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Trial:
    """Where to look for a counterexample: one value of each hyperparameter and one gradient for each step."""

    hyperparameters: tuple[Point, ...]
    theta: Fraction
    gradients: tuple[Fraction, ...]


def _parted(left: Value, right: Value) -> bool:
    """Whether two values are certainly different numbers, or a number and nothing."""
    gaps = [value for value in (left, right) if isinstance(value, Gap)]
    return gaps == [Gap.UNDEFINED] or differ(left, right)


_Sides = tuple[Mapping[str, Value], Mapping[str, Value], Mapping[str, Value]]


def _walk(cell: StrictCell, trial: Trial) -> Iterator[_Sides]:
    """A state and the two sides that must agree: for the initial state, then for each step from a defined state."""
    return _walk_apart(cell, trial) if is_sought(cell) else _walk_together(cell, trial)


def _walk_apart(cell: StrictCell, trial: Trial) -> Iterator[_Sides]:
    """The source's state and the `theta` of each rule, both run by themselves."""
    now: Mapping[str, Value] = dict(trial.hyperparameters[0])
    state, other = (initial_in(EXACT, side, trial.theta, now) for side in (cell.source, cell.target))
    yield state, {"theta": state["theta"]}, {"theta": other["theta"]}
    for position, gradient in enumerate(trial.gradients):
        if any(isinstance(value, Gap) for value in state.values()):
            return
        now, clock = dict(trial.hyperparameters[position]), Fraction(position + 1)
        reached = step_in(EXACT, cell.source, state, gradient, clock, now)
        other = step_in(EXACT, cell.target, other, gradient, clock, now)
        yield state, {"theta": reached["theta"]}, {"theta": other["theta"]}
        state = reached


def _walk_together(cell: StrictCell, trial: Trial) -> Iterator[_Sides]:
    """A state and what the two ways round the square make of it."""
    before: Mapping[str, Value] = dict(trial.hyperparameters[0])
    state = initial_in(EXACT, cell.source, trial.theta, before)
    yield state, map_in(EXACT, cell, state, before), initial_in(EXACT, cell.target, trial.theta, before)
    for position, gradient in enumerate(trial.gradients):
        if any(isinstance(value, Gap) for value in state.values()):
            return
        now: Mapping[str, Value] = dict(trial.hyperparameters[position])
        reached, left, right = square_in(EXACT, cell, state, gradient, Fraction(position + 1), before, now)
        yield state, left, right
        before, state = now, reached


def counterexample_along(cell: StrictCell, trial: Trial) -> Counterexample | None:
    """The first step of a trial after which the square is certainly broken, the initial state included."""
    for steps, (state, left, right) in enumerate(_walk(cell, trial)):
        component = next((name for name in left if _parted(left[name], right[name])), None)
        if component is not None:
            return Counterexample(
                trial.hyperparameters[: max(1, steps)],
                trial.theta,
                trial.gradients[:steps],
                tuple(state.items()),
                component,
                left[component],
                right[component],
            )
    return None


def _fractions(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(word) for word in text.split())


_CHOICES = (
    _fractions("1/2 1/3 1/5 2/3 1/7 3/4 2/5"),
    _fractions("1/10 9/10 24/25 1/100 1/3"),
)
"""Values of the hyperparameters in order of their names, over and over: all in (0, 1), where update rules live."""

_GRADIENTS = (
    _fractions("1 2 -1 3"),
    _fractions("1 -1/1000 1/1000 0"),
    _fractions("0 1 0 -2"),
    _fractions("-3 1/2 1/3 -1/7"),
)
"""A small gradient after a large one tells running maxima and signs of averages apart; zero finds divisions by it."""

_THETAS = _fractions("1 -2 1/3")

_SCHEDULE = _fractions("1 1/2 3/4 1/3")
"""What a hyperparameter that may vary is multiplied by, step by step."""

STEPS_OF_A_TRIAL = len(_SCHEDULE)


def _schedules(cell: StrictCell, choice: tuple[Fraction, ...], varying: frozenset[str]) -> tuple[Point, ...]:
    """Values of the hyperparameters step by step, of which some vary."""
    names = hyperparameters(cell)
    chosen = {name: choice[position % len(choice)] for position, name in enumerate(names)}
    values = {name: Fraction(0) if name in cell.zero else value for name, value in chosen.items()}
    return tuple(
        tuple((name, value * factor if name in varying else value) for name, value in values.items())
        for factor in _SCHEDULE
    )


def _varying(cell: StrictCell) -> tuple[frozenset[str], ...]:
    """What may vary, for the first trials: nothing, and what the map reads; and for further ones: all that may."""
    every = frozenset(hyperparameters(cell)) - cell.constant
    read = every if is_sought(cell) else every & {name for _, value in cell.state_map for name in symbols(value)}
    return frozenset(), read, every


def _allowed(cell: StrictCell, gradients: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Gradients as the cell assumes them."""
    return tuple(gradient or _THETAS[-1] for gradient in gradients) if "g" in cell.nonzero else gradients


def trials(cell: StrictCell) -> Iterator[Trial]:
    """The exact points at which a cell is tried, always the same ones in the same order."""
    nothing, read, every = _varying(cell)
    yield from _trials(cell, (nothing, read) if read else (nothing,))
    yield from _trials(cell, (every,) if every != read else ())


def _trials(cell: StrictCell, schedules: tuple[frozenset[str], ...]) -> Iterator[Trial]:
    for choice in _CHOICES if hyperparameters(cell) else _CHOICES[:1]:
        for position, gradients in enumerate(_GRADIENTS):
            theta = _THETAS[position % len(_THETAS)]
            for varying in schedules:
                yield Trial(_schedules(cell, choice, varying), theta, _allowed(cell, gradients))


def _effort(cell: StrictCell) -> int:
    """How many nodes a trial of four steps evaluates."""
    sides = (cell.source, cell.target)
    equations = [value for side in sides for _, value in (*side.arguments, *side.rule.equations)]
    images = [value for _, value in cell.state_map]
    return len(_SCHEDULE) * (sum(map(size, equations)) + 2 * sum(map(size, images)))


def effort_of_one(count: int) -> int:
    """What one of so many searches may evaluate: equal shares, so that none depends on the order of the cells."""
    return min(GREATEST_EFFORT, max(LEAST_EFFORT, EFFORT_TOGETHER // max(1, count)))


def cell_residue(cell: StrictCell, effort: int = GREATEST_EFFORT) -> Counterexample | None:
    """A counterexample to a valid cell, sought at exact points; None says only that none of these breaks it.

    At most `effort` nodes are evaluated, so a cell between huge rules is tried at fewer points or none."""
    affordable = islice(trials(cell), effort // _effort(cell))
    return next((found for trial in affordable if (found := counterexample_along(cell, trial))), None)


def _admissible(cell: StrictCell, trial: Trial) -> bool:
    """Whether a trial gives every hyperparameter a value at every step, the constant ones always the same."""
    points = [dict(point) for point in trial.hyperparameters]
    if not all(tuple(point) == hyperparameters(cell) for point in points):
        return False
    gradients = [{"g": gradient} for gradient in trial.gradients]
    return (
        all(len({point[name] for point in points}) == 1 for name in cell.constant)
        and all(point[name] == 0 for point in points for name in cell.zero)
        and all(point[name] > 0 for point in points for name in cell.positive)
        and all(point.get(name) != 0 for point in (*points, *gradients) for name in cell.nonzero)
    )


def replay(cell: StrictCell, counterexample: Counterexample) -> bool:
    """Whether a counterexample is what comes out when its gradients are run again on a valid cell."""
    trial = Trial(counterexample.hyperparameters, counterexample.theta, counterexample.gradients)
    if len(trial.hyperparameters) != max(1, len(trial.gradients)) or not _admissible(cell, trial):
        return False
    return counterexample_along(cell, trial) == counterexample


def _point_text(counterexample: Counterexample) -> str:
    names = [name for name, _ in counterexample.hyperparameters[0]]
    columns = [[value for _, value in column] for column in zip(*counterexample.hyperparameters, strict=True)]
    schedules = [values if len(set(values)) > 1 else values[:1] for values in columns]
    shown = [f"{name} = {', then '.join(map(str, values))}" for name, values in zip(names, schedules, strict=True)]
    return "; ".join([*shown, f"theta = {counterexample.theta} at the start"])


def _told_apart(left: Value, right: Value) -> tuple[str, str]:
    """Two different values with as many digits as it takes to see that they differ."""
    texts = ((show_value(left, digits), show_value(right, digits)) for digits in range(12, 60, 4))
    return next((pair for pair in texts if pair[0] != pair[1]), (show_value(left), show_value(right)))


def describe(counterexample: Counterexample, mapped: bool = True) -> tuple[str, ...]:
    """A counterexample in lines of text: the point, the state reached, and the two values that differ.

    `mapped` tells a counterexample to a map of states from one to there being any."""
    component, (left, right) = counterexample.component, _told_apart(counterexample.left, counterexample.right)
    state = ", ".join(f"{name} = {show_value(value)}" for name, value in counterexample.state)
    if not counterexample.gradients:
        reached = f"initial state s of the source: {state}"
        return _point_text(counterexample), reached, f"{component}: phi(s) has {left}, the target starts at {right}"
    *earlier, last = map(str, counterexample.gradients)
    after = f"after gradient{'s' * (len(earlier) > 1)} {', '.join(earlier)}" if earlier else "at the start"
    sides = ("phi(U1(s))", "U2(phi(s))") if mapped else ("U1", "U2")
    difference = f"{component}: {sides[0]} has {left}, {sides[1]} has {right}, with gradient {last}"
    return _point_text(counterexample), f"state s of the source {after}: {state}", difference
