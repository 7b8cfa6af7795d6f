"""A field or an argument that its declaration does not have.

What it catches: misspelt fields, hyperparameters that an update rule does not have, and fields that belong to
another kind of claim.

Why: a field that is read by nothing would look as if it had an effect.

Example:

    run gd : A@init -> A@gd { net = f, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                              batchsize = 64, epochs = 20, seeds = 0..15 }

Repair: the message lists the fields there are.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from catlearn.diagnostics import Diagnostic, listed, nearest
from catlearn.source import Span

ELSEWHERE = {
    "learning_rate": ("lr",),
    "momentum": ("m",),
    "weight_decay": ("decay",),
    "beta": ("m",),
    "beta1": ("b1",),
    "beta2": ("b2",),
    "betas": ("b1", "b2"),
    "random_state": ("seed", "seeds"),
    "test_size": ("test",),
    "criterion": ("loss",),
    "model": ("net",),
    "module": ("net",),
    "dataset": ("data",),
    "num_epochs": ("epochs",),
    "max_epochs": ("epochs",),
    "n_epochs": ("epochs",),
    "kernel_size": ("kernel",),
    "out_features": ("features",),
    "out_channels": ("channels",),
    "max_norm": ("clip",),
    "symmetry": ("modulo",),
    "tolerance": ("slack",),
    "eps": ("slack",),
}
"""What fields and arguments of other programs, of PyTorch and scikit-learn above all, are called here."""


def meant(key: str, known: Iterable[str]) -> tuple[str, ...]:
    """The keys for which an unknown one was probably meant: those of other programs first, then the nearest."""
    names = tuple(known)
    named = tuple(name for name in ELSEWHERE.get(key, ()) if name in names)
    return named or tuple(get_close_matches(key, names, n=1, cutoff=0.5))


def of(word: str, key: str, span: Span, known: tuple[str, ...]) -> Diagnostic:
    """A field, argument or hyperparameter under an unknown key."""
    choices = listed(known)
    wanted = f"one of {choices}" if len(known) > 1 else choices if known else f"no {word}"
    named = " and ".join(f"`{name}`" for name in ELSEWHERE.get(key, ()) if name in known)
    hints = (f"did you mean {named}?",) if named else nearest(key, known)
    return Diagnostic("unknown-field", f"found the {word} `{key}`, required {wanted}", span, (), hints)


def elsewhere(key: str, span: Span, belongs: str) -> Diagnostic:
    """A field that belongs to another kind of claim."""
    message = f"found the field `{key}`, required none here: it belongs to {belongs}"
    return Diagnostic("unknown-field", message, span, (), (f"leave `{key}` out",))
