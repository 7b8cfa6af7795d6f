"""A category that is neither wholly interpreted nor wholly formal.

What it catches: an object or an arrow without a definition beside others that have one, a definition or a run in a
formal category, and a category that holds both parameter spaces and clouds.

Why: a category is interpreted when its objects have definitions (then runs and laws in it are decided by training)
and formal when none has (then it states equations only). In between it would be unclear what a law claims.

Example:

    category Param {
      object A = params(encoder)
      object B
    }

Repair: define every object, or none; keep parameter spaces and clouds in two categories.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def undefined(name: str, span: Span, defined: str, there: Span) -> Diagnostic:
    """An object or arrow without a definition in an interpreted category."""
    message = f"found `{name}` without a definition, required one, as `{defined}` has"
    return Diagnostic("mixed-category", message, span, (Label(f"`{defined}` is defined here", there),))


def defined(name: str, span: Span, category: str) -> Diagnostic:
    """A definition or a run in a category whose objects have no definitions."""
    message = f"found `{name}` in the formal category `{category}`, required objects with definitions"
    hint = f"define the objects of `{category}`, for example `object A = params(encoder)`"
    return Diagnostic("mixed-category", message, span, (), (hint,))


def two_natures(cloud: str, span: Span, space: str, there: Span) -> Diagnostic:
    """A cloud among parameter spaces."""
    message = f"found the cloud `{cloud}` beside the parameter space `{space}`, required one kind of object a category"
    labels = (Label(f"`{space}` is a parameter space", there),)
    return Diagnostic("mixed-category", message, span, labels, ("declare clouds in a category of their own",))
