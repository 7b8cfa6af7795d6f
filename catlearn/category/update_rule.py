"""Update rules: optimisers as state machines on S x P driven by gradient sequences (DESIGN 3 and 10).

A rule reads the gradient `g`, the step `t` (1 at the first step), the parameters `theta`, its states and its
hyperparameters; it writes the next value of every state and of `theta`, elementwise.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from catlearn.category.enclosure import EXACT, Value
from catlearn.category.expression import Algebra, Expression, interpret, symbols, too_deep

RESERVED = frozenset({"g", "t", "theta"})
"""Names that every rule has without declaring them: the gradient, the step and the parameters."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """A state machine given by equations.

    `parameters` pairs each hyperparameter with its default, None where it must be given. `states` pairs each state
    with its initial value, an expression over `theta` and the hyperparameters. `equations` gives the next value of
    each state and of `theta`, once each, in the author's order; an equation may use a primed name that an earlier
    equation defines.
    """

    name: str
    parameters: tuple[tuple[str, Expression | None], ...]
    states: tuple[tuple[str, Expression], ...]
    equations: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with an expression for each of its hyperparameters, as `sgd(lr = 0.1)` or `heavy_ball(lr, m)`."""

    rule: UpdateRule
    arguments: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class StrictCell:
    """A directed map of states phi from one rule to another, identity on `theta`.

    `state_map` gives each state of the target as an expression over `theta`, the source's states and the
    hyperparameters. `constant` names the hyperparameters assumed not to vary with `t`; all others may. The
    hyperparameters `zero` are assumed to be 0 at every step, those `positive` to be above it; `nonzero` are
    hyperparameters, or the gradient `g`, assumed never to be 0. An empty map into a rule with states stands for none:
    a map is then sought.
    """

    source: BoundRule
    target: BoundRule
    state_map: tuple[tuple[str, Expression], ...]
    constant: frozenset[str]
    zero: frozenset[str] = frozenset()
    nonzero: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()


# Running a rule, in any algebra.


def arguments_in(algebra: Algebra[V], bound: BoundRule, hyperparameters: Mapping[str, V]) -> dict[str, V]:
    """The values of a rule's own parameters, given those of the hyperparameters that its arguments are written in."""
    return {name: interpret(algebra, value, hyperparameters) for name, value in bound.arguments}


def initial_in(algebra: Algebra[V], bound: BoundRule, theta: V, hyperparameters: Mapping[str, V]) -> dict[str, V]:
    """The initial state in an algebra: the value of `theta` and of every state before the first step."""
    values = {**arguments_in(algebra, bound, hyperparameters), "theta": theta}
    return {"theta": theta, **{name: interpret(algebra, value, values) for name, value in bound.rule.states}}


def step_in(
    algebra: Algebra[V],
    bound: BoundRule,
    state: Mapping[str, V],
    gradient: V,
    step: V,
    hyperparameters: Mapping[str, V],
) -> dict[str, V]:
    """The map U of a rule in an algebra: the next value of `theta` and of every state."""
    values = {**arguments_in(algebra, bound, hyperparameters), **state, "g": gradient, "t": step}
    for name, value in bound.rule.equations:
        values[f"{name}'"] = interpret(algebra, value, values)
    return {name: values[f"{name}'"] for name in state}


def initial(bound: BoundRule, theta: Fraction, hyperparameters: Mapping[str, Fraction]) -> dict[str, Value]:
    """The initial state at a rational point, exactly."""
    return initial_in(EXACT, bound, theta, dict[str, Value](hyperparameters))


def step(
    bound: BoundRule, state: Mapping[str, Value], gradient: Fraction, t: int, hyperparameters: Mapping[str, Fraction]
) -> dict[str, Value]:
    """One step from a state with a rational gradient, exactly; `t` is 1 at the first step.

    >>> from catlearn.category.expression import Apply, Symbol
    >>> descent = Apply("subtract", (Symbol("theta"), Apply("multiply", (Symbol("lr"), Symbol("g")))))
    >>> sgd = UpdateRule("sgd", (("lr", None),), (), (("theta", descent),))
    >>> step(BoundRule(sgd, (("lr", Symbol("lr")),)), {"theta": Fraction(1)}, Fraction(2), 1, {"lr": Fraction(1, 4)})
    {'theta': Fraction(1, 2)}
    """
    return step_in(EXACT, bound, state, gradient, Fraction(t), dict[str, Value](hyperparameters))


# What can be wrong with a rule. `position` counts a rule's equations from 0, in the author's order.


@dataclass(frozen=True, slots=True)
class NameTwice:
    """A name declared twice among the parameters and states."""

    name: str


@dataclass(frozen=True, slots=True)
class NameReserved:
    """A parameter or state called `g`, `t` or `theta`."""

    name: str


@dataclass(frozen=True, slots=True)
class SymbolInDefault:
    """A default that is not a number because it has a symbol in it."""

    parameter: str
    symbol: str


@dataclass(frozen=True, slots=True)
class SymbolInInitial:
    """An initial value that reads something else than `theta` and the parameters.

    `known` tells a name of the rule that may not stand here (`g`, `t`, a state, a primed name) from an unknown one."""

    state: str
    symbol: str
    known: bool


@dataclass(frozen=True, slots=True)
class EquationWithoutState:
    """An equation for what is neither a state nor `theta`."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class EquationTwice:
    """A second equation for the same name."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class StateWithoutEquation:
    """A state whose next value no equation gives."""

    state: str


@dataclass(frozen=True, slots=True)
class ThetaWithoutEquation:
    """No equation gives the next `theta`."""


@dataclass(frozen=True, slots=True)
class UnknownSymbol:
    """A symbol that the rule does not declare, in the equation for `name`."""

    symbol: str
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class PrimeTooEarly:
    """A primed name in the equation for `name` although no earlier equation defines it."""

    symbol: str
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class TooDeep:
    """A default, argument, initial value or equation of `name` nested deeper than `expression.GREATEST_DEPTH`."""

    name: str


RuleError = (
    NameTwice
    | NameReserved
    | SymbolInDefault
    | SymbolInInitial
    | EquationWithoutState
    | EquationTwice
    | StateWithoutEquation
    | ThetaWithoutEquation
    | UnknownSymbol
    | PrimeTooEarly
    | TooDeep
)


def _names(pairs: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    return tuple(name for name, _ in pairs)


def _invalid_names(rule: UpdateRule) -> Iterator[RuleError]:
    for name, count in Counter(_names(rule.parameters) + _names(rule.states)).items():
        if count > 1:
            yield NameTwice(name)
        if name in RESERVED:
            yield NameReserved(name)


def _invalid_defaults(rule: UpdateRule) -> Iterator[RuleError]:
    for parameter, default in rule.parameters:
        for symbol in symbols(default) if default else ():
            yield SymbolInDefault(parameter, symbol)


def _invalid_initials(rule: UpdateRule) -> Iterator[RuleError]:
    allowed = {"theta", *_names(rule.parameters)}
    known = RESERVED.union(_names(rule.states))
    for state, value in rule.states:
        for symbol in symbols(value):
            if symbol not in allowed:
                yield SymbolInInitial(state, symbol, symbol.rstrip("'") in known)


def _invalid_equations(rule: UpdateRule) -> Iterator[RuleError]:
    written = ("theta", *_names(rule.states))
    readable = {*RESERVED, *_names(rule.parameters), *_names(rule.states)}
    defined: set[str] = set()
    for position, (name, value) in enumerate(rule.equations):
        if name not in written:
            yield EquationWithoutState(name, position)
        elif name in defined:
            yield EquationTwice(name, position)
        for symbol in symbols(value):
            if symbol.endswith("'") and symbol[:-1] in written:
                if symbol[:-1] not in defined:
                    yield PrimeTooEarly(symbol, name, position)
            elif symbol not in readable:
                yield UnknownSymbol(symbol, name, position)
        defined.add(name)
    if "theta" not in defined:
        yield ThetaWithoutEquation()
    yield from (StateWithoutEquation(state) for state in _names(rule.states) if state not in defined)


def invalid(rule: UpdateRule) -> Iterator[RuleError]:
    """Everything that keeps a rule from being a state machine: nothing for a rule that may be run."""
    defaults = [(name, default) for name, default in rule.parameters if default]
    for name, value in (*defaults, *rule.states, *rule.equations):
        if too_deep(value):
            yield TooDeep(name)
    yield from _invalid_names(rule)
    yield from _invalid_defaults(rule)
    yield from _invalid_initials(rule)
    yield from _invalid_equations(rule)


# What can be wrong with the arguments of a rule.


@dataclass(frozen=True, slots=True)
class ArgumentMissing:
    """A parameter without an argument."""

    parameter: str


@dataclass(frozen=True, slots=True)
class ArgumentUnknown:
    """An argument for what the rule does not have as a parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class ArgumentTwice:
    """Two arguments for one parameter."""

    parameter: str


@dataclass(frozen=True, slots=True)
class SymbolInArgument:
    """An argument that reads the gradient, the step, the parameters or a next value."""

    parameter: str
    symbol: str


ArgumentError = ArgumentMissing | ArgumentUnknown | ArgumentTwice | SymbolInArgument | TooDeep


def invalid_arguments(bound: BoundRule) -> Iterator[ArgumentError]:
    """Everything that keeps arguments from binding a rule's parameters, each once, to hyperparameters."""
    parameters, given = _names(bound.rule.parameters), Counter(_names(bound.arguments))
    yield from (ArgumentMissing(name) for name in parameters if name not in given)
    yield from (ArgumentUnknown(name) for name in given if name not in parameters)
    yield from (ArgumentTwice(name) for name, count in given.items() if count > 1)
    for parameter, value in bound.arguments:
        if too_deep(value):
            yield TooDeep(parameter)
        for symbol in symbols(value):
            if symbol in RESERVED or symbol.endswith("'"):
                yield SymbolInArgument(parameter, symbol)


def bind(rule: UpdateRule, arguments: Mapping[str, Expression]) -> BoundRule:
    """The rule with these arguments, and with its defaults for the parameters that have none.

    Total: a parameter with neither, and an argument too many, are left for `invalid_arguments` to name."""
    given = {**{name: value for name, value in rule.parameters if value}, **arguments}
    order = dict.fromkeys((*_names(rule.parameters), *given))
    return BoundRule(rule, tuple((name, given[name]) for name in order if name in given))
