"""What the arguments of measures, distances and claims mean: runs, families of them, other names, numbers and words."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.cells import incomparable
from catlearn.theory.fields import Given, required
from catlearn.theory.measures import CHOICES, Argument, Gives, Takes
from catlearn.theory.names import Scope, bare
from catlearn.theory.points import Ends
from catlearn.theory.rules import duplicate_name
from catlearn.theory.theory import Quantity, Run, Theory
from catlearn.theory.values import (
    identifier,
    natural,
    number_range,
    operands,
    positive,
    positive_whole,
    whole_range,
    word,
)

HIGHEST_DIMENSION = 2
"""The highest degree of homology that is computed."""


class Setting(NamedTuple):
    """Where a claim is read: the names, the theory so far, and the ends of runs."""

    scope: Scope
    theory: Theory
    ends: Mapping[str, Ends]


class Reading(NamedTuple):
    """A quantity with its type: what it gives, None for a number; a run with its seeds, where it gives one number a
    seed; its unit, None where it has none or it cannot be told; and whether it is a count, exactly known."""

    quantity: Quantity
    span: Span
    gives: Gives | None = None
    run: Run | None = None
    unit: str | None = None
    exact: bool = False

    @property
    def constant(self) -> Fraction | None:
        """The value of what is a number."""
        return self.quantity if isinstance(self.quantity, Fraction) else None


def call_of(written: tree.Expression | None) -> tree.Call | None:
    """An expression that is a call."""
    return written if isinstance(written, tree.Call) else None


def run_of(setting: Setting, expression: tree.Expression | None) -> Run | None:
    """The run that a name means; None, reported, where it means none."""
    if expression is None:
        return None
    name = required(setting.scope, expression, identifier, "the name of a run")
    entry = setting.scope.find(name, (tree.Run,)) if name else None
    return setting.theory.runs.get(entry.name) if entry else None


def family_of(setting: Setting, expression: tree.Expression | None, what: str) -> tuple[Run, ...] | None:
    """The runs of a sum: of one loss on one space, each named once."""
    uses = operands(expression, "+") if expression is not None else ()
    found = [(run_of(setting, use), use.span) for use in uses]
    runs = [(run, span) for run, span in found if run]
    fitting = bool(runs) and len(runs) == len(found)
    for position, (run, span) in enumerate(runs):
        if any(run.name == other.name for other, _ in runs[:position]):
            setting.scope.report(duplicate_name.repeated(f"the run `{bare(run.name)}`", what, span))
            fitting = False
        for error in incomparable(setting.theory, *runs[0], run, span):
            setting.scope.report(error)
            fitting = False
    return tuple(run for run, _ in runs) if fitting else None


def named(setting: Setting, written: tree.Expression, takes: Takes) -> tree.Identifier | None:
    """The name that is written; None, reported, where none is."""
    return required(setting.scope, written, identifier, takes.value)


def declared(
    setting: Setting,
    written: tree.Expression,
    kind: type[tree.Relation] | type[tree.Map] | type[tree.RelationCell] | type[tree.Probe],
    takes: Takes,
) -> object | None:
    """What is declared of a kind under the name that is written; None, reported, where there is none."""
    name = named(setting, written, takes)
    return setting.scope.find(name, (kind,)) if name else None


def value_of(setting: Setting, given: Given, argument: Argument) -> object | None:
    """What an argument says by itself, a number or a word; None, reported, where it is not what it should be."""
    written = given.values[argument.name]
    return required(setting.scope, written, lambda value: _value(value, argument.takes), argument.takes.value)


def _value(written: tree.Expression, takes: Takes) -> object | None:
    match takes:
        case Takes.DEGREES:
            return degrees(written)
        case Takes.DEGREE:
            degree = natural(written)
            return (degree,) if degree is not None and degree <= HIGHEST_DIMENSION else None
        case Takes.SCALES:
            ends = number_range(written)
            return ends if ends and 0 <= ends[0] < ends[1] else None
        case Takes.POSITIVE:
            return positive_whole(written)
        case Takes.ORDER:
            order = positive_whole(written)
            return order if order in (1, 2) else None
        case Takes.NATURAL:
            return natural(written)
        case Takes.WIDTH:
            return positive(written)
    chosen = word(written)
    return chosen if chosen in CHOICES[takes] else None


def degrees(expression: tree.Expression) -> tuple[int, ...] | None:
    """A degree of homology or a range of them."""
    single = natural(expression)
    ends = (single, single) if single is not None else whole_range(expression)
    return tuple(range(ends[0], ends[1] + 1)) if ends and ends[1] <= HIGHEST_DIMENSION else None
