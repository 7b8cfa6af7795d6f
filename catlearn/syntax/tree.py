"""The syntax tree of a `.cat` file: frozen values, a span on every node, nothing resolved.

Numbers are exact: `0.1` is the rational 1/10 until a plan turns it into a float.
"""

from dataclasses import dataclass
from fractions import Fraction

from catlearn.source import Span


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name where it is declared or used; dotted where it is qualified, as `Param.gd` or `digits.test`."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Number:
    """A non-negative rational, with the unit `epoch`, `step`, `second` or `%` where one is written.

    The value of `1%` is 1/100 with unit `%`; plural units are stored in the singular."""

    value: Fraction
    unit: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string, without its quotes."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A use of a name, possibly dotted; `theta'` is the name `theta` with `primed` set."""

    name: str
    primed: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Star:
    """The wildcard `*` of a functor's images."""

    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, named (`lr = 0.1`) or positional (`name` is None)."""

    name: Identifier | None
    value: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`: a layer, a rule, a measure, a structural map at a point."""

    function: Identifier
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right` for the operators `+ - * / ^`."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Negation:
    """`-operand`."""

    operand: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Composite:
    """`first >> second >> …`, from left to right; at least two parts."""

    parts: tuple["Expression", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """`first .. last`, both ends included."""

    first: "Expression"
    last: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Indexed:
    """`base[items]`, as in the shape `R[64]`."""

    base: Identifier
    items: tuple["Expression", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`space@point`: a point of a parameter space."""

    space: Identifier
    point: Identifier
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """`[first, second, …]`: an interval of a landscape's domain."""

    items: tuple["Expression", ...]
    span: Span


Expression = (
    Number | String | Name | Star | Call | Binary | Negation | Composite | Range | Indexed | Checkpoint | Sequence
)


@dataclass(frozen=True, slots=True)
class Field:
    """`key = value` inside a block."""

    key: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`import "file.cat"`: the declarations of another file, named relative to this one."""

    path: String
    span: Span


@dataclass(frozen=True, slots=True)
class Landscape:
    """`landscape name(x, y) on [-2, 2]^2 = value`: an analytic loss on a box."""

    name: Identifier
    variables: tuple[Identifier, ...]
    domain: Expression
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Dataset:
    """`dataset name { fields }`."""

    name: Identifier
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Probe:
    """`probe name { fields }`."""

    name: Identifier
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Map:
    """`map name : source -> target = body`, a parametrised map."""

    name: Identifier
    source: Expression
    target: Expression
    body: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    """A hyperparameter of an optimiser, with its default where one is given."""

    name: Identifier
    default: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class State:
    """`state name = initial` of an optimiser."""

    name: Identifier
    initial: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """`name' = value` of an optimiser; `name` is stored without its prime."""

    name: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Optimiser:
    """`optimiser name(parameters) { states and equations }`, in the author's order."""

    name: Identifier
    parameters: tuple[Parameter, ...]
    states: tuple[State, ...]
    equations: tuple[Equation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Object:
    """`object A, B = definition` of a category; a formal object has no definition."""

    names: tuple[Identifier, ...]
    definition: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Generator:
    """`map f, g : source -> target = definition` of a category; a formal generator has no definition."""

    names: tuple[Identifier, ...]
    source: Expression
    target: Expression
    definition: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Run:
    """`run name : A@s -> A@t { fields }`, in a category or at top level."""

    name: Identifier
    source: Expression
    target: Expression
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Law:
    """`law name : left == right`, a relation of the presentation."""

    name: Identifier
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Category:
    """`category name { objects, generators, runs, laws }`, in the author's order."""

    name: Identifier
    items: tuple[Object | Generator | Run | Law, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Image:
    """`kind names |-> value by reading` of a functor; `kind` is `object`, `map` or `run`."""

    kind: str
    names: tuple[Identifier, ...] | Star
    value: Expression
    reading: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Functor:
    """`functor name : source -> target { images }`."""

    name: Identifier
    source: Identifier
    target: Identifier
    images: tuple[Image, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class CompositeFunctor:
    """`functor name = first >> second`: functors composed from left to right."""

    name: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Component:
    """`object |-> arrow` of a transformation."""

    name: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Transformation:
    """`transformation name : source => target { components }` between two functors."""

    name: Identifier
    source: Expression
    target: Expression
    components: tuple[Component, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Leg:
    """`leg name : source -> target` of a pullback."""

    name: Identifier
    source: Expression
    target: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Freeze:
    """`freeze spaces { fields }` of a pullback."""

    names: tuple[Identifier, ...]
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Pullback:
    """`pullback name of map : source -> target along point { legs and freezes }`.

    Where the pullback is along another map, as in `along other : B -> E`, `along` is its name and `along_source` and
    `along_target` are its ends; along a point they are None."""

    name: Identifier
    map: Identifier
    source: Expression
    target: Expression
    along: Expression
    legs: tuple[Leg, ...]
    freezes: tuple[Freeze, ...]
    span: Span
    along_source: Expression | None = None
    along_target: Expression | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """`relation name = kind { fields }`."""

    name: Identifier
    kind: Identifier
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`state |-> value` of a strict cell."""

    name: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Assumption:
    """`assume condition` of a strict cell."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class StrictCell:
    """`cell name : source => target strict { assignments, assumptions }`."""

    name: Identifier
    source: Expression
    target: Expression
    assignments: tuple[Assignment, ...]
    assumptions: tuple[Assumption, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RelationCell:
    """`cell name : source => target by relation`."""

    name: Identifier
    source: Expression
    target: Expression
    relation: Identifier
    span: Span


@dataclass(frozen=True, slots=True)
class CompositeCell:
    """`cell name = first >> second` (vertical) or `first * second` (horizontal; whiskering where one is a run)."""

    name: Identifier
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Proposition:
    """`left operator right by distance within margin`; only `left` is always there.

    `operator` is one of `== <= >= < > ~`."""

    left: Expression
    operator: str | None
    right: Expression | None
    distance: Expression | None
    margin: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """`claim name : proposition and further … { fields } expect verdict`."""

    name: Identifier
    proposition: Proposition
    fields: tuple[Field, ...]
    expectation: Identifier | None
    span: Span
    further: tuple[Proposition, ...] = ()


Declaration = (
    Import
    | Landscape
    | Dataset
    | Probe
    | Map
    | Optimiser
    | Category
    | Run
    | Functor
    | CompositeFunctor
    | Transformation
    | Pullback
    | Relation
    | StrictCell
    | RelationCell
    | CompositeCell
    | Claim
)


@dataclass(frozen=True, slots=True)
class Specification:
    """A whole file: its declarations in the author's order."""

    declarations: tuple[Declaration, ...]
    span: Span
