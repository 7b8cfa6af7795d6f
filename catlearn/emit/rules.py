"""Update rules as functions of tensors: the states to begin with, and one step."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catlearn.category.expression import symbols
from catlearn.emit.expressions import PRODUCT, Written, symbol, written
from catlearn.emit.names import Names, literal
from catlearn.plan.expressions import from_node
from catlearn.plan.ir import NamedExpression, RulePlan


@dataclass(frozen=True)
class Rule:
    """The Python of an update rule: its two functions by name, and the text of both."""

    start: str
    step: str
    text: str


def rule(plan: RulePlan, epoch_steps: int, names: Names) -> Rule:
    """A rule with its hyperparameters as numbers, those of the step for an epoch of so many steps, in functions whose
    names are new in the script."""
    step, start = names.new(plan.name), names.new(f"{plan.name}_start")
    return Rule(start, step, "\n".join((*_start(plan, start, step), "", "", *_step(plan, epoch_steps, step))))


def reads_epochs(plan: RulePlan) -> bool:
    """Whether a hyperparameter depends on the number of whole epochs before the step."""
    return any("epoch" in symbols(from_node(argument.value)) for argument in plan.arguments)


def _start(plan: RulePlan, start: str, step: str) -> Iterator[str]:
    local, meanings = _scope()
    constants = tuple(_assigned(_read(plan.arguments, plan.states), local, meanings))
    values = [f"{literal(state.name)}: {_full(written(state.value, meanings))}" for state in plan.states]
    yield f"def {start}(theta):"
    yield f'    """The states of `{step}` before its first step."""'
    yield from constants
    yield f"    return {{{', '.join(values)}}}"


def _step(plan: RulePlan, epoch_steps: int, step: str) -> Iterator[str]:
    local, meanings = _scope()
    meanings["epoch"] = Written(f"(t - 1) // {epoch_steps}", PRODUCT, False)
    yield f"def {step}(theta, g, t, state):"
    yield '    """The next theta and states, from the gradient g and the number t of the step, from 1."""'
    yield from _assigned(_read(plan.arguments, plan.equations), local, meanings)
    for state in plan.states:
        meanings[state.name] = symbol(local.new(state.name), True)
        yield f"    {meanings[state.name].text} = state[{literal(state.name)}]"
    for equation in plan.equations:
        name = equation.name.rstrip("'")
        value = _full(written(equation.value, meanings))
        meanings[_next(name)] = symbol(local.new(f"{name}_next"), True)
        yield _line(meanings[_next(name)].text, value)
    following = (f"{literal(state.name)}: {meanings[_next(state.name)].text}" for state in plan.states)
    yield f"    return {meanings[_next('theta')].text}, {{{', '.join(following)}}}"


def _next(name: str) -> str:
    """The symbol of a variable's value after the step."""
    return f"{name}'"


def _scope() -> tuple[Names, dict[str, Written]]:
    """The names that a rule's functions hold from the beginning, and what they mean."""
    known = {"theta": True, "g": True, "t": False}
    local = Names((*known, "state", "torch", "math", "abs", "max", "min"))
    return local, {name: symbol(name, tensor) for name, tensor in known.items()}


def _read(constants: Iterable[NamedExpression], by: Iterable[NamedExpression]) -> tuple[NamedExpression, ...]:
    """The constants that expressions read, or that such constants read themselves; those come before them."""
    wanted = {name for each in by for name in symbols(from_node(each.value))}
    kept: list[NamedExpression] = []
    for constant in reversed(tuple(constants)):
        if constant.name in wanted:
            wanted.update(symbols(from_node(constant.value)))
            kept.append(constant)
    return tuple(reversed(kept))


def _assigned(constants: Iterable[NamedExpression], local: Names, meanings: dict[str, Written]) -> Iterator[str]:
    """An assignment for each constant, which is known by its name from there on."""
    for constant in constants:
        value = written(constant.value, meanings)
        meanings[constant.name] = symbol(local.new(constant.name), value.tensor)
        yield _line(meanings[constant.name].text, value.text)


def _line(name: str, value: str) -> str:
    """An assignment; one too long for a line is left as it is by formatters."""
    line = f"    {name} = {value}"
    return line if len(line) <= _WIDTH else f"{line}  # fmt: skip"


_WIDTH = 120


def _full(value: Written) -> str:
    """A value in the shape of theta."""
    if value.tensor:
        return value.text
    return "torch.zeros_like(theta)" if value.text == "0" else f"torch.full_like(theta, {value.text})"
