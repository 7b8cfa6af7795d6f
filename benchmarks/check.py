"""How much processor time `check` takes on specifications of growing size.

Seven kinds of text are measured: projects side by side, one crowded category, formal categories with functors, a text
full of unknown names, a file with many imports, strict cells between rules like Adam's, and categories whose completion
does not end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from benchmarks.harness import Figure, row, timed
from catlearn.diagnostics import errors
from catlearn.theory.check import check_texts
from catlearn.theory.index import index

SMALL, LARGE = 1_000, 10_000
Texts = Mapping[str, str]
"""The texts of a specification by path; the one under `MAIN` imports the others."""

MAIN = "main.cat"


PROJECT = """
dataset data{n} {{ source = sklearn.digits, test = 0.25, seed = {n} }}
probe X{n} {{ from = data{n}.test, size = 64 }}
map encoder{n} : R[64] -> R[32] = linear(32) >> relu
map head{n} : R[32] -> R[10] = linear(10)
category Param{n} {{
  object E = params(encoder{n})
  object A = E * params(head{n})
  map enc : A -> E = project
  run gd : A@init -> A@gd {{ net = encoder{n} >> head{n}, data = data{n}, loss = cross_entropy,
                            optimiser = sgd(lr = 0.1), batch = 64, epochs = 20, seeds = 0..15 }}
  run ball : A@init -> A@ball {{ like = gd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }}
  run half : A@init -> A@mid {{ like = gd, epochs = 10 }}
  run rest : A@mid -> A@gd {{ like = gd, epochs = 10, resume = half }}
  law resume : half >> rest == gd
}}
category Rep{n} {{ object Z = cloud(on = X{n}, dim = 32) }}
functor L{n} : Param{n} -> Rep{n} {{
  object A, E |-> Z by activations(encoder{n}, on = X{n})
  map enc |-> id(Z)
  run * |-> trace(every = 1 epoch)
}}
relation basin{n} = dihomotopy {{ slack = 0.05 }}
cell slide{n} : Param{n}.gd => Param{n}.ball by basin{n}
claim resumes{n} : Param{n}.resume
claim slides{n} : slide{n} {{ holds_for = 0.8, confidence = 0.9 }}
"""
PROJECT_SIZE = 19


def projects(size: int) -> Texts:
    """Whole projects side by side."""
    return {MAIN: "".join(PROJECT.format(n=n) for n in range(size // PROJECT_SIZE))}


def crowded(size: int) -> Texts:
    """One category with many objects, projections, runs and laws, and claims on them."""
    count = size // 8
    maps = "".join(f"map f{n} : R[64] -> R[10] = linear(10)\n" for n in range(count))
    items = "".join(
        f"  object E{n} = params(f{n})\n  object A{n} = E{n} * params(h)\n  map enc{n} : A{n} -> E{n} = project\n"
        f"  run a{n} : E{n}@init -> E{n}@a {{ net = f{n}, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),"
        " batch = 16, epochs = 2, seeds = 0..3 }\n"
        f"  run b{n} : E{n}@init -> E{n}@a {{ like = a{n} }}\n"
        f"  law same{n} : a{n} == b{n}\n"
        for n in range(count)
    )
    claims = "".join(f"claim c{n} : same{n}\n" for n in range(count))
    first = "dataset d { source = sklearn.digits }\nmap h : R[10] -> R[10] = linear(10)\n"
    return {MAIN: f"{first}{maps}category P {{\n{items}}}\n{claims}"}


def formal(size: int) -> Texts:
    """Formal categories with laws, functors that keep them, and transformations; and one chain of many arrows."""
    parts = [
        f"category C{n} {{\n  object X, Y\n  map f : X -> Y\n  map e : Y -> Y\n  law idempotent : e >> e == e\n}}\n"
        f"functor F{n} : C{n} -> C{n} {{ object X |-> X  object Y |-> Y  map f |-> f >> e  map e |-> e }}\n"
        f"functor G{n} = F{n} >> F{n}\n"
        f"transformation n{n} : F{n} => G{n} {{ X |-> id(X), Y |-> e }}\n"
        for n in range(size // 16)
    ]
    arrows = "".join(
        f"  object P{n}\n  map s{n} : P{n} -> P{n + 1}\n  map t{n} : P{n} -> P{n + 1}\n  law l{n} : s{n} == t{n}\n"
        for n in range(size // 8)
    )
    chain = f"category Chain {{\n{arrows}  object P{size // 8}\n}}\n"
    identity = "functor Id : Chain -> Chain {\n"
    identity += "".join(f"  object P{n} |-> P{n}\n" for n in range(size // 8 + 1))
    identity += "".join(f"  map s{n} |-> t{n}\n  map t{n} |-> s{n}\n" for n in range(size // 8)) + "}\n"
    return {MAIN: "".join(parts) + chain + identity}


def mistaken(size: int) -> Texts:
    """Probes on datasets that are misspelt."""
    rows = (
        f"dataset data{n} {{ source = sklearn.iris }}\nprobe X{n} {{ from = daat{n}.test, size = 4 }}\n"
        for n in range(size // 2)
    )
    return {MAIN: "".join(rows)}


def imports(size: int) -> Texts:
    """A file that imports many, which declare the same names."""
    count = max(1, size // 100)
    part = "dataset d { source = sklearn.iris }\n" + "".join(
        f"probe X{n} {{ from = d.test, size = 4 }}\n" for n in range(99)
    )
    parts = {f"part{n}.cat": part for n in range(count)}
    return {MAIN: "".join(f'import "{path}"\n' for path in parts), **parts}


RULE = """
optimiser rule{n}(lr, b1, b2, eps) {{
  state m = 0
  state v = 0
  m'     = b1 * m + (1 - b1) * g
  v'     = b2 * v + (1 - b2) * g^2
  theta' = theta - {left} / {right} * lr / (1 - b1^t) * m' / ({root} + eps)
}}
cell cell{n} : adam(lr = {left} / {right} * lr, b1 = b1, b2 = b2, eps = eps) => rule{n}(lr, b1, b2, eps) strict {{
  m |-> m, v |-> v
}}
"""
RULES_OF_A_FILE = 500
ROOTS = ("sqrt(v') / sqrt(1 - b2^t)", "v'", "sqrt(v' / (1 - b2^t))")
"""The root in Adam as it is there, a mistaken one, and one that is the same because of what roots are."""


def cells(size: int) -> Texts:
    """Strict cells from Adam to rules like it, no two alike, on which no claim is made, in files of some hundreds.

    A third are refuted, and a third hold for what roots are."""
    rules = [RULE.format(n=n, left=n % 89 + 2, right=n % 97 + 1, root=ROOTS[n % 3]) for n in range(size // 2)]
    files = [rules[start : start + RULES_OF_A_FILE] for start in range(0, len(rules), RULES_OF_A_FILE)]
    parts = {f"rules{number}.cat": "".join(rows) for number, rows in enumerate(files)}
    return {MAIN: "".join(f'import "{path}"\n' for path in parts), **parts}


def budget(size: int) -> Texts:
    """Formal categories with laws like that of braids, whose consequences have no end; of many shapes."""
    rows = (
        f"category B{n} {{\n  object X\n  map a, b, c : X -> X\n"
        f"  law braid : {' >> '.join(['a', 'b'] * (n % 3) + ['a', 'b', 'a'])}"
        f" == {' >> '.join(['b', 'a'] * (n % 3) + ['b', 'a', 'b'])}\n"
        f"  law other : {' >> '.join(['c'] * (n % 4 + 2))} >> a == a >> c\n}}\n"
        for n in range(size // 7)
    )
    return {MAIN: "".join(rows)}


KINDS: Mapping[str, Callable[[int], Texts]] = {
    "projects": projects,
    "crowded": crowded,
    "formal": formal,
    "mistaken": mistaken,
    "imports": imports,
    "cells": cells,
    "budget": budget,
}


def _seconds(work: Callable[[], object]) -> float:
    """The shortest of three times."""
    return min(timed(work) for _ in range(3))


@dataclass(frozen=True)
class Checked:
    """One kind of text at one size: its declarations, and the seconds to check it and to answer for a position."""

    declarations: int
    check: float
    position: float


@cache
def checked(kind: str, size: int) -> Checked:
    """Check a text, which is in order unless it is mistaken on purpose, and ask what is in the middle of it."""
    texts = KINDS[kind](size)
    found = check_texts(MAIN, texts[MAIN], texts)
    assert bool(errors(found.diagnostics)) == (kind == "mistaken"), found.diagnostics[:3]
    known = index(found)
    middle = (max(1, texts[MAIN].count("\n") // 2), 12)
    seconds = _seconds(lambda: check_texts(MAIN, texts[MAIN], texts))
    return Checked(len(found.entries), seconds, _seconds(lambda: known.at(*middle)))


def _worst(values: Mapping[str, float], digits: int) -> Figure:
    """The greatest of some values, with all of them."""
    seen = ", ".join(f"{kind} {value:.{digits}f}" for kind, value in values.items())
    return Figure((max(values.values()),), seen)


@row("check-thousand", "seconds to check 1,000 declarations, the slowest of seven kinds of text", at_most=1, unit=" s")
def thousand() -> Figure:
    """A file of a thousand names."""
    return _worst({kind: checked(kind, SMALL).check for kind in KINDS}, 2)


@row("check-ten-thousand", "seconds to check 10,000 declarations, likewise", at_most=10, unit=" s")
def ten_thousand() -> Figure:
    """A file of ten thousand names."""
    return _worst({kind: checked(kind, LARGE).check for kind in KINDS}, 2)


@row(
    "check-growth",
    "time of 10,000 declarations against 1,000, divided by how many times more there are",
    at_most=1.5,
    bound="1: each declaration has to be read",
)
def growth() -> Figure:
    """How far from linear."""
    return _worst({kind: _growth(checked(kind, SMALL), checked(kind, LARGE)) for kind in KINDS}, 2)


def _growth(small: Checked, large: Checked) -> float:
    return large.check / small.check / (large.declarations / small.declarations)


@row("check-position", "milliseconds to say what is at a position among 1,000 declarations", at_most=100, unit=" ms")
def position() -> Figure:
    """An editor's question."""
    return _worst({kind: 1000 * checked(kind, SMALL).position for kind in KINDS}, 3)
