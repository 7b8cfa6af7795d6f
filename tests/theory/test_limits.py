"""A short text can double what it means with each line. It is refused where that passes a limit, and not before."""

from collections.abc import Callable

import pytest

from catlearn.diagnostics import errors
from catlearn.theory import limits
from catlearn.theory.check import check_texts

LINEAR = "map f0 : R[4] -> R[4] = linear(4)\n"
BALL = "cell c0 : heavy_ball(lr, m) => heavy_ball(lr, m) strict"
ENDO = "category C { object X  map f : X -> X }\n"
RUN = """dataset d { source = sklearn.iris }
map f : R[4] -> R[3] = linear(3)
category P {
  object A = params(f)
  run gd : A@init -> A@gd { net = f, data = d, loss = mse, optimiser = sgd(lr = 1), batch = 4, epochs = 1,
                            seeds = 0..1 }
}
relation near = dihomotopy { slack = 0.1 }
cell c0 : gd => gd by near
"""


def chain(line: str, times: int) -> str:
    """A line repeated, each time about what the line before it declares."""
    return "".join(line.format(now=n + 1, before=n) + "\n" for n in range(times))


def joint(times: int) -> str:
    """Pullbacks, each of the one before along itself."""
    maps = chain("  map p{now} : Q{now} -> E = project", times)
    objects = "  object E = params(f0)\n  object Q0 = E * copy(E, o)\n  map p0 : Q0 -> E = project\n"
    start = f"category P {{\n{objects}{maps}}}\n"
    line = """pullback Q{now} of p{before} : Q{before} -> E along p{before} : Q{before} -> E {{
  leg l{now} : Q{now} -> Q{before}
  leg r{now} : Q{now} -> Q{before}
}}"""
    return LINEAR + start + chain(line, times)


DOUBLING: dict[str, Callable[[int], str]] = {
    "layers": lambda n: (
        "map f0 : R[4] -> R[4] = relu\n" + chain("map f{now} : R[4] -> R[4] = f{before} >> f{before}", n)
    ),
    "skips": lambda n: (
        "map f0 : R[4] -> R[4] = relu\n" + chain("map f{now} : R[4] -> R[4] = skip(f{before}) >> skip(f{before})", n)
    ),
    "blocks": lambda n: (
        LINEAR
        + "category P {\n  object A0 = params(f0)\n"
        + chain("  object A{now} = A{before} * copy(A{before}, c{now})", n)
        + "}\n"
    ),
    "pullbacks": joint,
    "images of arrows": lambda n: (
        ENDO
        + "functor F0 : C -> C { object X |-> X  map f |-> f >> f }\n"
        + chain("functor F{now} = F{before} >> F{before}", n)
    ),
    "parts of functors": lambda n: (
        ENDO
        + "functor F0 : C -> C { object X |-> X  map f |-> f }\n"
        + chain("functor F{now} = F{before} >> F{before}", n)
    ),
    "maps of states": lambda n: BALL + " { v |-> v + v }\n" + chain("cell c{now} = c{before} >> c{before}", n),
    "powers of states": lambda n: BALL + " { v |-> v * v }\n" + chain("cell c{now} = c{before} >> c{before}", n),
    "cells side by side": lambda n: BALL + " { v |-> v }\n" + chain("cell c{now} = c{before} * c{before}", n),
    "cells one after another": lambda n: RUN + chain("cell c{now} = c{before} >> c{before}", n),
}
GROWING: dict[str, Callable[[int], str]] = {
    "depth of skips": lambda n: (
        "map f0 : R[4] -> R[4] = relu\n" + chain("map f{now} : R[4] -> R[4] = skip(f{before})", 10 * n)
    ),
    "paths of blocks": lambda n: (
        LINEAR
        + "category P {\n  object A0 = params(f0)\n"
        + chain(f"  object A{{now}} = copy(A{{before}}, {'c' * 50})", n // 2)
        + "}\n"
    ),
}


def refused(text: str) -> list[str]:
    """The errors of a text."""
    return [found.code for found in errors(check_texts("main.cat", text, {"main.cat": text}).diagnostics)]


@pytest.mark.parametrize("name", DOUBLING | GROWING)
def test_a_text_whose_meaning_grows_too_large_is_refused_once(name: str) -> None:
    text = (DOUBLING | GROWING)[name]
    assert refused(text(2)) == []
    assert refused(text(40)) == ["field-type"]


def test_many_large_things_are_too_large_together(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "map f : R[4] -> R[4] = mlp(" + "4, " * 400 + "4)\n"
    monkeypatch.setattr("catlearn.theory.maps.MOST_LAYERS_TOGETHER", 20_000)
    assert refused(layers + chain("map g{now} : R[4] -> R[4] = f", 20)) == []
    assert refused(layers + chain("map g{now} : R[4] -> R[4] = f", 40)) == ["field-type"]


def test_a_limit_is_met_exactly() -> None:
    text = "map f : R[4] -> R[4] = {}\n"
    assert refused(text.format(" >> ".join(["relu"] * limits.MOST_LAYERS))) == []
    assert refused(text.format(" >> ".join(["relu"] * (limits.MOST_LAYERS + 1)))) == ["field-type"]
