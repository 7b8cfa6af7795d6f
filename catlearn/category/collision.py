"""Why there is no map of states between two update rules that give the same `theta`: a collision.

A strict cell sends the state that its source is in to the state of its target. Where two sequences of gradients, of one
length and from one start, lead the source to one state and the target to two, no map can do that, linear or not: the
target remembers what the source has forgotten. The two sequences are exact and can be run again. The converse does not
hold: no collision among those tried says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from catlearn.category.cell import Point, Trial, states, trials
from catlearn.category.enclosure import EXACT, Value
from catlearn.category.update_rule import BoundRule, StrictCell, initial_in, step_in

LONGEST = 3
"""Gradients of the longest sequences that are tried."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Two sequences of gradients after which the source is in one state and a `state` of the target has two values.

    The hyperparameters are the same at every step, and both rules start at `theta`."""

    hyperparameters: Point
    theta: Fraction
    gradients: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    state: str
    values: tuple[Fraction, Fraction]


_Reached = tuple[tuple[str, Fraction], ...]


def _reached(rule: BoundRule, trial: Trial, gradients: tuple[Fraction, ...]) -> _Reached | None:
    """The state of a rule after some gradients; None where it is not exactly known."""
    values: Mapping[str, Value] = dict(trial.hyperparameters[0])
    state: Mapping[str, Value] = initial_in(EXACT, rule, trial.theta, values)
    for step, gradient in enumerate(gradients, 1):
        state = step_in(EXACT, rule, state, gradient, Fraction(step), values)
    exact = tuple((name, value) for name, value in state.items() if isinstance(value, Fraction))
    return exact if len(exact) == len(state) else None


def _sequences(trial: Trial) -> Iterator[tuple[Fraction, ...]]:
    choices = tuple(dict.fromkeys(trial.gradients))
    for length in range(1, LONGEST + 1):
        yield from product(choices, repeat=length)


def collision(cell: StrictCell) -> Collision | None:
    """A collision at the first exact point at which a cell without a map is tried; None where none is found."""
    for trial in islice(trials(cell), 1):
        seen: dict[tuple[int, _Reached], tuple[tuple[Fraction, ...], Mapping[str, Fraction]]] = {}
        for gradients in _sequences(trial):
            reached, other = (_reached(side, trial, gradients) for side in (cell.source, cell.target))
            if reached is None or other is None:
                continue
            first, known = seen.setdefault((len(gradients), reached), (gradients, dict(other)))
            apart = [name for name in states(cell.target) if known[name] != dict(other)[name]]
            if apart:
                values = (known[apart[0]], dict(other)[apart[0]])
                return Collision(trial.hyperparameters[0], trial.theta, (first, gradients), apart[0], values)
    return None


def describe(found: Collision, target: str) -> str:
    """A collision in words."""
    sequences = [", ".join(map(str, gradients)) for gradients in found.gradients]
    at = "; ".join([*(f"{name} = {value}" for name, value in found.hyperparameters), f"theta = {found.theta}"])
    return (
        f"no map of states exists: with {at} at the start, gradients {sequences[0]} and {sequences[1]} lead the source "
        f"to one state, and `{found.state}` of `{target}` to {found.values[0]} and to {found.values[1]}"
    )
