"""The LALR(1) automaton: tokens to a parse tree, or the first token that cannot follow and what could."""

from collections.abc import Sequence
from typing import NamedTuple

from catlearn.syntax.tables import Rule, Tables, tables
from catlearn.syntax.tokens import END, Token


class Node(NamedTuple):
    """A rule of the grammar where it applies, with the children that carry meaning; absent options are None.

    `start` and `end` are the offsets of all its text, punctuation included."""

    kind: str
    children: "list[Node | Token | None]"
    start: int
    end: int


class Failure(NamedTuple):
    """No parse: the token at `position` cannot follow (the end of the tokens, where `position` is their number).

    `expected` are the kinds of tokens that can, END among them where the tokens before are complete."""

    position: int
    expected: frozenset[str]


Value = Node | Token


def parse(tokens: Sequence[Token], start: str) -> Node | Failure:
    """The parse tree of tokens by a start symbol of the grammar, or the first failure."""
    machine = tables()
    states, values = [machine.starts[start]], list[Value]()
    for position, token in enumerate(tokens):
        action = _reduced(machine, states, values, token.kind)
        if action is None:
            return Failure(position, expected(tokens[:position], start))
        states.append(action)
        values.append(token)
    if not _accepted(machine, states, values, machine.ends[start]):
        return Failure(len(tokens), expected(tokens, start))
    root = values[-1]
    return root if isinstance(root, Node) else Node(start, [root], root.start, root.end)


def expected(tokens: Sequence[Token], start: str) -> frozenset[str]:
    """The kinds of tokens that can follow tokens which begin something that parses."""
    machine = tables()
    states = [machine.starts[start]]
    for token in tokens:
        action = _reduced(machine, states, None, token.kind)
        assert action is not None
        states.append(action)
    kinds = {kind for kind in machine.actions[states[-1]] if kind.isupper() and kind != END}
    following = {kind for kind in kinds if _reduced(machine, states.copy(), None, kind) is not None}
    complete = _accepted(machine, states, None, machine.ends[start])
    return frozenset(following | {END} if complete else following)


def _reduced(machine: Tables, states: list[int], values: list[Value] | None, kind: str) -> int | None:
    """The state after shifting a token, once every rule that it ends is reduced; None where it cannot follow."""
    while True:
        action = machine.actions[states[-1]].get(kind)
        if action is None or action >= 0:
            return action
        _reduce(machine, states, values, machine.rules[~action])


def _accepted(machine: Tables, states: list[int], values: list[Value] | None, end: int) -> bool:
    while states[-1] != end:
        action = machine.actions[states[-1]].get(END)
        if action is None:
            return False
        _reduce(machine, states, values, machine.rules[~action])
    return True


def _reduce(machine: Tables, states: list[int], values: list[Value] | None, rule: Rule) -> None:
    if rule.inlined and rule.size == 1 and rule.taken == (0,):
        states[-1] = machine.actions[states[-2]][rule.origin]
        return
    cut = len(states) - rule.size
    del states[cut:]
    states.append(machine.actions[states[-1]][rule.origin])
    if values is not None:
        parts = values[cut - 1 :]
        del values[cut - 1 :]
        values.append(_node(rule, parts))


def _node(rule: Rule, parts: Sequence[Value]) -> Value:
    children = list[Node | Token | None]()
    for position in rule.taken:
        if position is None:
            children.append(None)
        elif position >= 0:
            children.append(parts[position])
        else:
            children = _joined(children, parts[~position])
    if rule.inlined and len(children) == 1 and children[0] is not None:
        return children[0]
    start, end = (parts[0].start, parts[-1].end) if parts else (0, 0)
    return Node(rule.origin, children, start, end)


def _joined(children: list[Node | Token | None], helper: Value) -> list[Node | Token | None]:
    """The children with those of a helper node, whose own list grows where it comes first: a chain is linear work."""
    assert isinstance(helper, Node)
    if not children:
        return helper.children
    return children + helper.children
