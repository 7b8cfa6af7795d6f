"""Parse tree to syntax tree: every rule of the grammar becomes its frozen value with its span."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from catlearn.source import Source, Span
from catlearn.syntax import tree
from catlearn.syntax.automaton import Node
from catlearn.syntax.tokens import Token

DEEPEST = 100

Child = Node | Token | None

_NUMBER = re.compile(r"(?P<digits>[0-9.]+([eE][+-]?[0-9]+)?)\s*(?P<unit>%|[a-z]*)")
_UNITS = {"epochs": "epoch", "steps": "step", "seconds": "second", "s": "second"}


@dataclass(frozen=True)
class Builder:
    """Builds the nodes of one source. Expressions nested deeper than `DEEPEST` are cut there: their spans are added
    to `too_deep`, and what stands in their place is the number 0."""

    source: Source
    too_deep: list[Span] = field(default_factory=list)

    def declaration(self, node: Node) -> tree.Declaration:
        """The declaration of a parse tree."""
        match node.kind:
            case "import":
                return self.imported(node)
            case "dataset":
                return self.dataset(node)
            case "landscape":
                return self.landscape(node)
            case "probe":
                return self.probe(node)
            case "map":
                return self.map(node)
            case "optimiser":
                return self.optimiser(node)
            case "category":
                return self.category(node)
            case "run":
                return self.run(node)
            case "functor":
                return self.functor(node)
            case "composite_functor":
                return self.composite_functor(node)
            case "transformation":
                return self.transformation(node)
            case "pullback":
                return self.pullback(node)
            case "relation":
                return self.relation(node)
            case "strict_cell":
                return self.strict_cell(node)
            case "relation_cell":
                return self.relation_cell(node)
            case "composite_cell":
                return self.composite_cell(node)
            case _:
                return self.claim(node)

    def imported(self, node: Node) -> tree.Import:
        (path,) = node.children
        return tree.Import(self.string(path), self.span(node))

    def dataset(self, node: Node) -> tree.Dataset:
        name, fields = node.children
        return tree.Dataset(self.identifier(name), self.fields(fields), self.span(node))

    def probe(self, node: Node) -> tree.Probe:
        name, fields = node.children
        return tree.Probe(self.identifier(name), self.fields(fields), self.span(node))

    def map(self, node: Node) -> tree.Map:
        name, source, target, body = node.children
        ends = self.expression(source), self.expression(target)
        return tree.Map(self.identifier(name), *ends, self.expression(body), self.span(node))

    def landscape(self, node: Node) -> tree.Landscape:
        name, variables, domain, value = node.children
        parts = self.expression(domain), self.expression(value)
        return tree.Landscape(self.identifier(name), self.identifiers(variables), *parts, self.span(node))

    def run(self, node: Node) -> tree.Run:
        name, source, target, fields = node.children
        ends = self.expression(source), self.expression(target)
        return tree.Run(self.identifier(name), *ends, self.fields(fields), self.span(node))

    def relation(self, node: Node) -> tree.Relation:
        name, kind, fields = node.children
        return tree.Relation(self.identifier(name), self.identifier(kind), self.fields(fields), self.span(node))

    def optimiser(self, node: Node) -> tree.Optimiser:
        name, parameters, rule = node.children
        items = _nodes(rule)
        return tree.Optimiser(
            self.identifier(name),
            tuple(self.parameter(parameter) for parameter in _nodes(parameters)),
            tuple(self.state(item) for item in items if item.kind == "state"),
            tuple(self.equation(item) for item in items if item.kind == "equation"),
            self.span(node),
        )

    def parameter(self, node: Node) -> tree.Parameter:
        name, default = node.children
        return tree.Parameter(self.identifier(name), self.optional(default), self.span(node))

    def state(self, node: Node) -> tree.State:
        name, initial = node.children
        return tree.State(self.identifier(name), self.expression(initial), self.span(node))

    def equation(self, node: Node) -> tree.Equation:
        primed, value = node.children
        name = self.identifier(primed)
        return tree.Equation(tree.Identifier(name.name[:-1], name.span), self.expression(value), self.span(node))

    def category(self, node: Node) -> tree.Category:
        name, presentation = node.children
        items = tuple(self.category_item(item) for item in _nodes(presentation))
        return tree.Category(self.identifier(name), items, self.span(node))

    def category_item(self, node: Node) -> tree.Object | tree.Generator | tree.Run | tree.Law:
        """An object, structural map, run or law of a category."""
        match node.kind:
            case "object":
                names, definition = node.children
                return tree.Object(self.identifiers(names), self.optional(definition), self.span(node))
            case "generator":
                names, source, target, definition = node.children
                ends = self.expression(source), self.expression(target)
                return tree.Generator(self.identifiers(names), *ends, self.optional(definition), self.span(node))
            case "run":
                return self.run(node)
            case _:
                name, left, right = node.children
                sides = self.expression(left), self.expression(right)
                return tree.Law(self.identifier(name), *sides, self.span(node))

    def functor(self, node: Node) -> tree.Functor:
        name, source, target, images = node.children
        ends = self.identifier(source), self.identifier(target)
        return tree.Functor(
            self.identifier(name), *ends, tuple(self.image(image) for image in _nodes(images)), self.span(node)
        )

    def image(self, node: Node) -> tree.Image:
        kind, names, value, reading = node.children
        wild = isinstance(names, Node) and names.kind == "star"
        return tree.Image(
            self.identifier(kind).name,
            tree.Star(self.span(names)) if wild else self.identifiers(names),
            self.expression(value),
            self.optional(reading),
            self.span(node),
        )

    def composite_functor(self, node: Node) -> tree.CompositeFunctor:
        name, value = node.children
        return tree.CompositeFunctor(self.identifier(name), self.expression(value), self.span(node))

    def transformation(self, node: Node) -> tree.Transformation:
        name, source, target, components = node.children
        ends = self.expression(source), self.expression(target)
        parts = tuple(self.component(item) for item in _nodes(components))
        return tree.Transformation(self.identifier(name), *ends, parts, self.span(node))

    def component(self, node: Node) -> tree.Component:
        name, value = node.children
        return tree.Component(self.identifier(name), self.expression(value), self.span(node))

    def pullback(self, node: Node) -> tree.Pullback:
        name, arrow, source, target, along, other_ends, projections = node.children
        items = _nodes(projections)
        ends = (None, None) if other_ends is None else map(self.expression, _nodes(other_ends))
        return tree.Pullback(
            self.identifier(name),
            self.identifier(arrow),
            self.expression(source),
            self.expression(target),
            self.expression(along),
            tuple(self.leg(item) for item in items if item.kind == "leg"),
            tuple(self.freeze(item) for item in items if item.kind == "freeze"),
            self.span(node),
            *ends,
        )

    def leg(self, node: Node) -> tree.Leg:
        name, source, target = node.children
        return tree.Leg(self.identifier(name), self.expression(source), self.expression(target), self.span(node))

    def freeze(self, node: Node) -> tree.Freeze:
        names, fields = node.children
        return tree.Freeze(self.identifiers(names), self.fields(fields), self.span(node))

    def strict_cell(self, node: Node) -> tree.StrictCell:
        name, source, target, state_map = node.children
        items = _nodes(state_map)
        return tree.StrictCell(
            self.identifier(name),
            self.expression(source),
            self.expression(target),
            tuple(self.assignment(item) for item in items if item.kind == "assignment"),
            tuple(self.assumption(item) for item in items if item.kind == "assumption"),
            self.span(node),
        )

    def assignment(self, node: Node) -> tree.Assignment:
        name, value = node.children
        return tree.Assignment(self.identifier(name), self.expression(value), self.span(node))

    def assumption(self, node: Node) -> tree.Assumption:
        return tree.Assumption(self.expression(node.children[0]), self.span(node))

    def relation_cell(self, node: Node) -> tree.RelationCell:
        name, source, target, relation = node.children
        ends = self.expression(source), self.expression(target)
        return tree.RelationCell(self.identifier(name), *ends, self.identifier(relation), self.span(node))

    def composite_cell(self, node: Node) -> tree.CompositeCell:
        name, value = node.children
        return tree.CompositeCell(self.identifier(name), self.expression(value), self.span(node))

    def claim(self, node: Node) -> tree.Claim:
        name, propositions, fields, expectation = node.children
        first, *further = map(self.proposition, _nodes(propositions))
        return tree.Claim(
            self.identifier(name),
            first,
            self.fields(fields),
            None if expectation is None else self.identifier(expectation),
            self.span(node),
            tuple(further),
        )

    def proposition(self, node: Node) -> tree.Proposition:
        left, comparison, right, distance, margin = node.children
        return tree.Proposition(
            self.expression(left),
            None if comparison is None else self.identifier(comparison).name,
            self.optional(right),
            self.optional(distance),
            self.optional(margin),
            self.span(node),
        )

    def fields(self, child: Child) -> tuple[tree.Field, ...]:
        """The fields of a block; none where the block is absent."""
        return tuple(self.field(node) for node in _nodes(child))

    def field(self, node: Node) -> tree.Field:
        key, value = node.children
        return tree.Field(self.identifier(key), self.expression(value), self.span(node))

    def identifier(self, child: Child) -> tree.Identifier:
        """The name that a token spells, or the only token of a node."""
        while isinstance(child, Node):
            child = child.children[0]
        assert child is not None
        return tree.Identifier(child.text, self.span(child))

    def identifiers(self, child: Child) -> tuple[tree.Identifier, ...]:
        assert isinstance(child, Node)
        return tuple(self.identifier(name) for name in child.children)

    def optional(self, child: Child) -> tree.Expression | None:
        return None if child is None else self.expression(child)

    def expression(self, child: Child, depth: int = 1) -> tree.Expression:
        """The expression of a parse tree that stands at some depth of nesting."""
        assert isinstance(child, Node)
        if depth > DEEPEST:
            self.too_deep.append(self.span(child))
            return tree.Number(Fraction(0), None, self.span(child))
        match child.kind:
            case "composite":
                return self.composite(child, depth)
            case "range":
                first, last = child.children
                ends = self.expression(first, depth + 1), self.expression(last, depth + 1)
                return tree.Range(*ends, self.span(child))
            case "sum" | "product":
                return self.chain(child, depth)
            case "negation":
                *signs, operand = child.children
                return self.negated(signs, self.expression(operand, depth + len(signs)), child.end)
            case "power":
                return self.power(child, depth)
            case "group":
                return self.expression(child.children[0], depth + 1)
            case _:
                return self.atom(child, depth)

    def composite(self, node: Node, depth: int) -> tree.Composite:
        """A composite of composites is one composite: composition is associative."""
        parts: list[tree.Expression] = []
        for child in node.children:
            part = self.expression(child, depth + 1)
            parts.extend(part.parts if isinstance(part, tree.Composite) else (part,))
        return tree.Composite(tuple(parts), self.span(node))

    def chain(self, node: Node, depth: int) -> tree.Expression:
        """`a - b + c` is `(a - b) + c`: the first operand lies deepest."""
        first, *rest = node.children
        operators, operands = rest[::2], rest[1::2]
        value = self.expression(first, depth + len(operators))
        for position, (operator, operand) in enumerate(zip(operators, operands, strict=True)):
            assert isinstance(operand, Node)
            right = self.expression(operand, depth + len(operators) - position)
            span = Span(self.source, node.start, operand.end)
            value = tree.Binary(self.identifier(operator).name, value, right, span)
        return value

    def power(self, node: Node, depth: int) -> tree.Expression:
        """`a ^ b ^ c` is `a ^ (b ^ c)`, and `a ^ -b ^ c` is `a ^ (-(b ^ c))`: the last operand lies deepest."""
        children = list(node.children)
        depth += sum(isinstance(child, Token) for child in children)
        value = self.expression(children.pop(), depth)
        while children:
            signs: list[Child] = []
            while isinstance(children[-1], Token) and children[-1].kind == "MINUS":
                signs.insert(0, children.pop())
            value = self.negated(signs, value, node.end)
            children.pop()
            base = children.pop()
            assert isinstance(base, Node)
            value = tree.Binary("^", self.expression(base, depth), value, Span(self.source, base.start, node.end))
        return value

    def negated(self, signs: Sequence[Child], operand: tree.Expression, end: int) -> tree.Expression:
        """The operand with signs before it, whose text ends at `end`."""
        for sign in reversed(signs):
            assert isinstance(sign, Token)
            operand = tree.Negation(operand, Span(self.source, sign.start, end))
        return operand

    def atom(self, node: Node, depth: int) -> tree.Expression:
        """A number, string, name, call, indexed name, sequence or checkpoint."""
        match node.kind:
            case "number":
                return self.number(node)
            case "string":
                return self.string(node)
            case "name":
                name = self.identifier(node).name
                primed = not isinstance(node.children[0], Node)
                return tree.Name(name[:-1] if primed else name, primed, self.span(node))
            case "call":
                function, arguments = node.children
                values = tuple(self.argument(argument, depth + 1) for argument in _nodes(arguments))
                return tree.Call(self.identifier(function), values, self.span(node))
            case "indexed":
                base, *items = node.children
                values_at = tuple(self.expression(item, depth + 1) for item in items)
                return tree.Indexed(self.identifier(base), values_at, self.span(node))
            case "sequence":
                items_of = tuple(self.expression(item, depth + 1) for item in node.children)
                return tree.Sequence(items_of, self.span(node))
            case _:
                space, point = node.children
                return tree.Checkpoint(self.identifier(space), self.identifier(point), self.span(node))

    def argument(self, node: Node, depth: int) -> tree.Argument:
        name, value = node.children
        key = None if name is None else self.identifier(name)
        return tree.Argument(key, self.expression(value, depth), self.span(node))

    def number(self, node: Node) -> tree.Number:
        parts = _NUMBER.fullmatch(self.identifier(node).name)
        assert parts is not None
        value, unit = Fraction(parts["digits"]), parts["unit"]
        return tree.Number(value / 100 if unit == "%" else value, _UNITS.get(unit, unit) or None, self.span(node))

    def string(self, child: Child) -> tree.String:
        quoted = self.identifier(child)
        return tree.String(quoted.name[1:-1], quoted.span)

    def span(self, child: Child) -> Span:
        assert child is not None
        return Span(self.source, child.start, child.end)


def _nodes(child: Child) -> list[Node]:
    """The child nodes of a node, none where it is absent."""
    if not isinstance(child, Node):
        return []
    return [grandchild for grandchild in child.children if isinstance(grandchild, Node)]
