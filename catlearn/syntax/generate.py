"""From grammar to LALR(1) tables, by lark. Only `tables` calls this, and only where the shipped tables do not fit.

The numbers of states and rules follow from the grammar alone (lark's follow from hash seeds), so that equal grammars
give equal files.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import lark
from lark.grammar import Rule, Terminal
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_parser import LALR_Parser

from catlearn.syntax.tables import STARTS

Row = Mapping[str, tuple[object, int | Rule]]


def generate(grammar: str) -> dict[str, object]:
    """The document of tables of a grammar, ready for JSON."""
    parser = lark.Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=True)
    machine = parser.parser.parser
    assert isinstance(machine, LALR_Parser)
    table: Any = machine._parse_table
    order = _numbered(table.states, [table.start_states[start] for start in STARTS])
    rules = sorted({rule.origin.name + _show(rule): rule for rule in parser.rules}.items())
    positions = {rule: position for position, (_, rule) in enumerate(rules)}
    return {
        "grammar": grammar.splitlines(),
        "terminals": [(terminal.name, terminal.pattern.to_regexp()) for terminal in _by_precedence(parser.terminals)],
        "ignored": sorted(parser.ignore_tokens),
        "rules": [_rule(rule) for _, rule in rules],
        "actions": [_row(table.states[state], order, positions) for state in order],
        "starts": {start: order[table.start_states[start]] for start in STARTS},
        "ends": {start: order[table.end_states[start]] for start in STARTS},
    }


def _by_precedence(terminals: Collection[TerminalDef]) -> list[TerminalDef]:
    return sorted(terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))


def _show(rule: Rule) -> str:
    return " ".join([":", *(symbol.name for symbol in rule.expansion)])


def _numbered(states: Mapping[int, Row], starts: list[int]) -> dict[int, int]:
    order: dict[int, int] = {}
    queue = list(starts)
    for state in queue:
        if state not in order:
            order[state] = len(order)
            queue.extend(target for _, target in sorted(_shifts(states[state])))
    return order


def _shifts(row: Row) -> Iterator[tuple[str, int]]:
    for symbol, (_, target) in row.items():
        if isinstance(target, int):
            yield symbol, target


def _row(row: Row, order: Mapping[int, int], positions: Mapping[Rule, int]) -> dict[str, int]:
    encoded = {}
    for symbol, (action, target) in sorted(row.items(), key=lambda entry: entry[0]):
        assert (action is Shift) == isinstance(target, int)
        encoded[symbol] = order[target] if isinstance(target, int) else ~positions[target]
    return encoded


def _rule(rule: Rule) -> tuple[str, int, bool, list[int | None]]:
    options = rule.options
    absent = [len(gap) for gap in "".join("01"[empty] for empty in options.empty_indices).split("0")]
    taken: list[int | None] = []
    for position, symbol in enumerate(rule.expansion):
        taken += [None] * (absent[position] if options.empty_indices else 0)
        if not symbol.is_term and symbol.name.startswith("_"):
            taken.append(~position)
        elif options.keep_all_tokens or not (isinstance(symbol, Terminal) and symbol.filter_out):
            taken.append(position)
    taken += [None] * (absent[-1] if options.empty_indices else 0)
    return rule.origin.name, len(rule.expansion), options.expand1, taken
