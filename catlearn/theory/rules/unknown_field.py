"""A field or an argument that its declaration does not have.

What it catches: misspelt fields, hyperparameters that an update rule does not have, and fields that belong to
another kind of claim.

Why: a field that is read by nothing would look as if it had an effect.

Example:

    run gd : A@init -> A@gd { net = f, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                              batchsize = 64, epochs = 20, seeds = 0..15 }

Repair: the message lists the fields there are.
"""

from catlearn.diagnostics import Diagnostic, nearest
from catlearn.source import Span


def of(word: str, key: str, span: Span, known: tuple[str, ...]) -> Diagnostic:
    """A field, argument or hyperparameter under an unknown key."""
    choices = ", ".join(f"`{name}`" for name in known)
    wanted = f"one of {choices}" if len(known) > 1 else choices if known else f"no {word}"
    return Diagnostic("unknown-field", f"found the {word} `{key}`, required {wanted}", span, (), nearest(key, known))


def elsewhere(key: str, span: Span, belongs: str) -> Diagnostic:
    """A field that belongs to another kind of claim."""
    message = f"found the field `{key}`, required none here: it belongs to {belongs}"
    return Diagnostic("unknown-field", message, span, (), (f"leave `{key}` out",))
