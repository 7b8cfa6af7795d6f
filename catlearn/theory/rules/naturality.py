"""A transformation whose square does not commute.

What it catches: a generating arrow `f : X -> Y` for which `F(f)` and then the component at `Y` is not the component at
`X` and then `G(f)`. Both composites are shown in normal form. Also caught, in a transformation between two readings: a
run that trains the layers between, a structural map that gives them other blocks, and clouds that are normalised.

Why: the squares are what makes components a transformation of functors. Between two readings the layers between must
stay as they are, or there is no one arrow from the activations of one layer to those of the other; and normalised
activations are not what these layers take.

Example:

    category C { object X  map e : X -> X }
    category D { object Y  map f, g, n : Y -> Y }
    functor F : C -> D { object X |-> Y  map e |-> f }
    functor G : C -> D { object X |-> Y  map e |-> g }
    transformation t : F => G { X |-> n }           # f >> n and n >> g are different in D

Repair: choose other components, or add the law that makes the square commute to the target. Between readings name only
objects in which the layers between are frozen, the object of a pullback along a point of their parameters.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def of(
    arrow: str, arrow_span: Span, composites: tuple[str, str], forms: tuple[str, str], category: str, span: Span
) -> Diagnostic:
    """A square that does not commute: its two composites, and their normal forms."""
    found = f"found a square at `{arrow}` with `{composites[0]}` against `{composites[1]}`"
    hint = f"their normal forms in `{category}` are `{forms[0]}` and `{forms[1]}`"
    message = f"{found}, required equal arrows of `{category}`"
    return Diagnostic("naturality", message, span, (Label(f"`{arrow}` is declared here", arrow_span),), (hint,))


def trained(name: Identifier, run: str, run_span: Span, space: str, blocks: tuple[str, ...]) -> Diagnostic:
    """A run in an object of a transformation between readings that trains the layers between."""
    found = f"found `{name.name}` at `{space}`, in which `{run}` trains {listed(blocks)}"
    message = f"{found}, required the layers between the readings frozen along every run"
    hint = "name only objects in which they are frozen, such as a pullback along a point of their parameters"
    return Diagnostic("naturality", message, name.span, (Label(f"`{run}` is declared here", run_span),), (hint,))


def rewired(name: Identifier, arrow: str, arrow_span: Span, blocks: tuple[str, ...]) -> Diagnostic:
    """A structural map between objects of a transformation that does not keep the layers between."""
    found = f"found `{name.name}` at both ends of `{arrow}`, which gives {listed(blocks)} other blocks"
    message = f"{found}, required the same layers between the readings at both ends"
    return Diagnostic("naturality", message, name.span, (Label(f"`{arrow}` is declared here", arrow_span),))


def normalised(name: Identifier, cloud: str, how: str, cloud_span: Span) -> Diagnostic:
    """A cloud of one of the readings that has lost the size of activations."""
    found = f"found `{name.name}` between readings into `{cloud}`, normalised by `{how}`"
    message = f"{found}, required activations as they are: the layers between take no others"
    label = Label(f"`{cloud}` is declared here", cloud_span)
    return Diagnostic("naturality", message, name.span, (label,), (f"write `normalise = none` in `{cloud}`",))


def of_composites(name: str, functors: tuple[str, str], span: Span) -> Diagnostic:
    """A transformation between a reading and something that is none by itself."""
    found = f"found `{name}` between `{functors[0]}` and `{functors[1]}`, one of which reads at the end of a composite"
    message = f"{found}, required two functors that read activations, or two that do not"
    return Diagnostic("naturality", message, span)
