"""A transformation whose square does not commute.

What it catches: a generating arrow `f : X -> Y` for which `F(f)` and then the component at `Y` is not the component at
`X` and then `G(f)`. Both composites are shown in normal form. Also caught: a transformation between two readings with
layers between them that are not frozen.

Why: the squares are what makes components a transformation of functors. Between two readings the layers between must
stay as they are, or there is no one arrow from the activations of one layer to those of the other.

Example:

    category C { object X  map e : X -> X }
    category D { object Y  map f, g, n : Y -> Y }
    functor F : C -> D { object X |-> Y  map e |-> f }
    functor G : C -> D { object X |-> Y  map e |-> g }
    transformation t : F => G { X |-> n }           # f >> n and n >> g are different in D

Repair: choose other components, or add the law that makes the square commute to the target.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def of(
    arrow: str, arrow_span: Span, composites: tuple[str, str], forms: tuple[str, str], category: str, span: Span
) -> Diagnostic:
    """A square that does not commute: its two composites, and their normal forms."""
    found = f"found a square at `{arrow}` with `{composites[0]}` against `{composites[1]}`"
    hint = f"their normal forms in `{category}` are `{forms[0]}` and `{forms[1]}`"
    message = f"{found}, required equal arrows of `{category}`"
    return Diagnostic("naturality", message, span, (Label(f"`{arrow}` is declared here", arrow_span),), (hint,))


def of_readings(name: str, functors: tuple[str, str], span: Span) -> Diagnostic:
    """A transformation between two functors that read activations."""
    found = f"found `{name}` between the readings `{functors[0]}` and `{functors[1]}`"
    message = f"{found}, required functors with arrows as images"
    hint = "a claim about both readings is possible only where the layers between them are frozen"
    return Diagnostic("naturality", message, span, (), (hint,))
