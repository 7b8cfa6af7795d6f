"""A functor that gives no image for a generator.

What it catches: objects, structural maps, legs of pullbacks and runs of the source category that the functor does not
mention. All of them are named at once.

Why: a functor is total; a reading that skips a run could hide the one that behaves differently.

Example:

    functor L : Param -> Rep {
      object A, E |-> Z by activations(encoder, on = X)     # Param has F too
      …
    }

Repair: give the missing images; `run * |-> trace(every = 1 epoch)` covers all runs.
"""

from catlearn.diagnostics import Diagnostic, Label, listed
from catlearn.syntax.tree import Identifier


def of(functor: Identifier, missing: tuple[Identifier, ...], word: str, hint: str) -> Diagnostic:
    """Generators of one kind without an image."""
    names = listed(name.name for name in missing)
    message = f"found `{functor.name}` without an image for the {word} {names}, required one for every {word}"
    labels = tuple(Label(f"`{name.name}` is declared here", name.span) for name in missing)
    return Diagnostic("functor-partial", message, functor.span, labels, (hint,))
