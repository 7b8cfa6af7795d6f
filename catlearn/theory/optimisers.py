"""Update rules: what a specification and the standard library declare, and hyperparameters bound to them."""

from collections.abc import Iterable, Iterator, Mapping

from catlearn.category import update_rule
from catlearn.category.expression import Constant, Expression, symbols
from catlearn.category.update_rule import BoundRule, UpdateRule
from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory import library
from catlearn.theory.expressions import SCHEDULES, expression
from catlearn.theory.fields import Given, Signature, nearest_key, of_call
from catlearn.theory.names import Scope
from catlearn.theory.rules import duplicate_name, field_type, missing_field, unknown_name
from catlearn.theory.values import number, shown

A_NUMBER = "a number"
A_SCHEDULE = "a number, or an expression over the step `t` and the number of whole epochs before it, `epoch`"
CLOCK = ("t", "epoch")
RESERVED = {
    "theta": "always stands for the parameters",
    "g": "always stands for the gradient",
    "t": "always stands for the number of the step",
}


def _values(
    scope: Scope, written: Iterable[tuple[tree.Identifier, tree.Expression]]
) -> tuple[tuple[str, Expression], ...] | None:
    """Expressions by name; None, reported, where one of them is none."""
    found = [(name.name, expression(scope, value)) for name, value in written]
    whole = tuple((name, value) for name, value in found if value is not None)
    return whole if len(whole) == len(found) else None


def _rule(scope: Scope, node: tree.Optimiser) -> UpdateRule | None:
    """The equations of a declaration; None where one of them is no expression."""
    given = _values(scope, ((item.name, item.default) for item in node.parameters if item.default is not None))
    states = _values(scope, ((item.name, item.initial) for item in node.states))
    equations = _values(scope, ((item.name, item.value) for item in node.equations))
    if given is None or states is None or equations is None:
        return None
    defaults = dict(given)
    parameters = tuple((item.name.name, defaults.get(item.name.name)) for item in node.parameters)
    return UpdateRule(node.name.name, parameters, states, equations)


def first_use(expressions: Iterable[tree.Expression], symbol: str) -> Span | None:
    """Where a symbol, primed or not, is first used in some expressions."""
    waiting = list(expressions)
    while waiting:
        match waiting.pop(0):
            case tree.Name(name, primed, span) if symbol == (f"{name}'" if primed else name):
                return span
            case tree.Negation(operand):
                waiting.insert(0, operand)
            case tree.Binary(_, left, right):
                waiting[:0] = [left, right]
            case tree.Call(_, arguments):
                waiting[:0] = [argument.value for argument in arguments]
    return None


def _declared(node: tree.Optimiser, name: str) -> list[tree.Identifier]:
    """Where a hyperparameter or state is declared, in the author's order."""
    identifiers = (*(item.name for item in node.parameters), *(item.name for item in node.states))
    return [identifier for identifier in identifiers if identifier.name == name]


def _misdeclared(node: tree.Optimiser, error: update_rule.RuleError) -> Diagnostic | None:
    """An error in the hyperparameters or states of a rule, at its place in the text."""
    match error:
        case update_rule.NameTwice(name):
            first, again = _declared(node, name)[:2]
            return duplicate_name.declared_twice(again, "a hyperparameter or state", first.span)
        case update_rule.NameReserved(name):
            return duplicate_name.reserved(_declared(node, name)[0], RESERVED[name])
        case update_rule.SymbolInDefault(parameter, symbol):
            default = next(item.default for item in node.parameters if item.name.name == parameter)
            span = default.span if default else node.name.span
            return field_type.found(f"`{symbol}` in the default of `{parameter}`", A_NUMBER, span)
        case update_rule.SymbolInInitial(state, symbol, known):
            start = next(item.initial for item in node.states if item.name.name == state)
            span = first_use((start,), symbol) or start.span
            if not known:
                return unknown_name.undeclared(symbol, span, "`theta` or a hyperparameter", _readable(node))
            wanted = "an expression over `theta` and the hyperparameters"
            return field_type.found(f"`{symbol}` in the initial value of `{state}`", wanted, span)
        case update_rule.TooDeep():
            return field_type.found("an expression nested too deeply", "less nesting", node.name.span)
    return None


def _misspelt(node: tree.Optimiser) -> set[str]:
    """The states for which equations of other names were probably meant."""
    states = [item.name.name for item in node.states]
    strays = [item.name.name for item in node.equations if item.name.name not in ("theta", *states)]
    return {state for name in strays for state in nearest_key(name, states)}


def _miswritten(node: tree.Optimiser, error: update_rule.RuleError) -> Diagnostic | None:
    """An error in the equations of a rule, at its place in the text."""
    match error:
        case update_rule.EquationWithoutState(name, position):
            written = ("theta", *(item.name.name for item in node.states))
            wanted = f"one for {' or '.join(f'`{state}`' for state in written)}"
            hint = f"declare it, `state {name} = 0`"
            return field_type.found(f"an equation for `{name}`", wanted, node.equations[position].name.span, hint)
        case update_rule.EquationTwice(name, position):
            first = next(item for item in node.equations if item.name.name == name).name
            return duplicate_name.given_twice("equation for", name, node.equations[position].name.span, first.span)
        case update_rule.StateWithoutEquation(state) if state in _misspelt(node):
            return None
        case update_rule.StateWithoutEquation(state):
            span = next(item.name.span for item in node.states if item.name.name == state)
            found, hint = f"the state `{state}` without an equation", f"write `{state}' = …`"
            return missing_field.something(found, "its next value", span, hint)
        case update_rule.ThetaWithoutEquation():
            found, hint = f"`{node.name.name}` without an equation for theta", "write `theta' = theta - lr * g`"
            return missing_field.something(found, "the next value of `theta`", node.name.span, hint)
        case update_rule.UnknownSymbol(symbol, _, position):
            wanted = f"a state or hyperparameter of `{node.name.name}`, `theta`, `g` or `t`"
            return unknown_name.undeclared(symbol, _used_in(node, position, symbol), wanted, _readable(node))
        case update_rule.PrimeTooEarly(symbol, _, position):
            hint = f"move the equation for `{symbol}` up, or use `{symbol[:-1]}`"
            span = _used_in(node, position, symbol)
            return field_type.found(f"`{symbol}` before its equation", "a value that is known there", span, hint)
    return None


def _used_in(node: tree.Optimiser, position: int, symbol: str) -> Span:
    equation = node.equations[position]
    return first_use((equation.value,), symbol) or equation.span


def _readable(node: tree.Optimiser) -> tuple[str, ...]:
    return (*RESERVED, *(item.name.name for item in node.parameters), *(item.name.name for item in node.states))


def _without_echoes(errors: tuple[update_rule.RuleError, ...]) -> Iterator[update_rule.RuleError]:
    """Errors but for uses of a state that only its equation declares, which is an error by itself."""
    stateless = {error.name for error in errors if isinstance(error, update_rule.EquationWithoutState)}
    for error in errors:
        if not (isinstance(error, update_rule.UnknownSymbol) and error.symbol.rstrip("'") in stateless):
            yield error


def _checked(scope: Scope, node: tree.Optimiser) -> UpdateRule | None:
    found = _rule(scope, node)
    errors = () if found is None else tuple(_without_echoes(tuple(update_rule.invalid(found))))
    words = (_misdeclared(node, error) or _miswritten(node, error) for error in errors)
    for diagnostic in words:
        if diagnostic is not None:
            scope.report(diagnostic)
    return None if errors else found


def rules(scope: Scope) -> Mapping[str, UpdateRule]:
    """The update rules that a specification declares; reports one that takes a shipped rule's name."""
    found: dict[str, UpdateRule] = {}
    for entry, node in scope.of(tree.Optimiser):
        if node.name.name in library.declarations():
            scope.report(duplicate_name.shipped(node.name, "an update rule of the standard library"))
        rule = _checked(scope, node)
        if rule:
            found[entry.name] = rule
    return found


def shipped_rules(scope: Scope, names: frozenset[str]) -> Mapping[str, UpdateRule]:
    """The rules of the standard library among some names; each is parsed once a process."""
    used = sorted(names.intersection(library.declarations()))
    found = {name: _checked(scope, library.shipped(name)) for name in used}
    return {name: rule for name, rule in found.items() if rule}


def _rule_named(scope: Scope, declared: Mapping[str, UpdateRule], use: tree.Identifier) -> UpdateRule | None:
    """The rule that a use means: the specification's own or a shipped one; None where it is none."""
    if use.name in library.declarations():
        return declared.get(use.name)
    entry = scope.find(use, (tree.Optimiser,), also=library.declarations())
    return declared.get(entry.name) if entry else None


def _arguments(scope: Scope, rule: UpdateRule, written: tree.Call | tree.Name) -> Given:
    call = written
    if isinstance(call, tree.Name):
        call = tree.Call(tree.Identifier(call.name, call.span), (), call.span)
    names = tuple(name for name, _ in rule.parameters)
    needed = tuple(name for name, default in rule.parameters if default is None)
    return of_call(scope, call, Signature(names, needed), "hyperparameter")


def rule_use(written: tree.Expression) -> tree.Identifier | None:
    """The name of the rule in `sgd(lr = 0.1)` or `my_rule`; None where neither is written."""
    match written:
        case tree.Call(function):
            return function
        case tree.Name(name, False, span):
            return tree.Identifier(name, span)
    return None


def _bound(rule: UpdateRule, given: Given, values: Mapping[str, Expression | None]) -> BoundRule | None:
    if not given.complete or None in values.values():
        return None
    return update_rule.bind(rule, {name: value for name, value in values.items() if value is not None})


def bound_to_numbers(scope: Scope, declared: Mapping[str, UpdateRule], written: tree.Expression) -> BoundRule | None:
    """A run's optimiser, `sgd(lr = 0.1)`: a rule with a number for each hyperparameter, or an expression over the clock
    for one that changes from step to step, `sgd(lr = 0.1 * 0.5 ^ (t / 1000))`."""
    use = rule_use(written)
    if use is None or not isinstance(written, tree.Call | tree.Name):
        scope.report(field_type.found(shown(written.span), "an optimiser such as `sgd(lr = 0.1)`", written.span))
        return None
    rule = _rule_named(scope, declared, use)
    if rule is None:
        return None
    given = _arguments(scope, rule, written)
    values = {name: _schedule(scope, value) for name, value in given.values.items()}
    changing = {name for name, value in values.items() if value is not None and symbols(value)}
    for state, start in rule.states:
        for name in changing.intersection(symbols(start)):
            found, wanted = f"`{name}`, which changes from step to step", f"a number: `{state}` starts with it"
            scope.report(field_type.found(found, wanted, given.values[name].span))
            values[name] = None
    return _bound(rule, given, values)


def _schedule(scope: Scope, written: tree.Expression) -> Expression | None:
    """A number, or an expression over the clock."""
    constant = number(written)
    if constant is not None:
        return Constant(constant)
    if not isinstance(written, tree.Name | tree.Negation | tree.Binary | tree.Call):
        scope.report(field_type.found(shown(written.span), A_SCHEDULE, written.span))
        return None
    found = expression(scope, written, SCHEDULES)
    strange = [] if found is None else [symbol for symbol in symbols(found) if symbol not in CLOCK]
    if strange:
        span = first_use((written,), strange[0]) or written.span
        scope.report(field_type.found(f"`{strange[0]}`", A_SCHEDULE, span))
    return None if strange else found


def bound_to_symbols(
    scope: Scope, declared: Mapping[str, UpdateRule], written: tree.Call | tree.Name
) -> BoundRule | None:
    """A side of a strict cell, `heavy_ball(lr * (1 - m), m)`: a rule over symbols."""
    use = rule_use(written)
    rule = _rule_named(scope, declared, use) if use else None
    if rule is None:
        return None
    given = _arguments(scope, rule, written)
    whole = isinstance(written, tree.Name) or len(given.values) == len(written.arguments)
    bound = _bound(rule, given, {name: expression(scope, value) for name, value in given.values.items()})
    for error in update_rule.invalid_arguments(bound) if bound else ():
        if isinstance(error, update_rule.SymbolInArgument):
            wanted = "an expression over hyperparameters"
            span = given.values[error.parameter].span
            scope.report(field_type.found(f"`{error.symbol}`, which changes from step to step", wanted, span))
            bound = None
    return bound if whole else None
