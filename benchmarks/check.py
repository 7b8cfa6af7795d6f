"""How much processor time `check` takes on specifications of growing size: python -m benchmarks.check [--json] [SIZE…]

Five kinds of text are measured: projects side by side, one crowded category, formal categories with functors, a text
full of unknown names, and a file with many imports. `growth` is the time of a row against that of the row before it,
divided by how much larger it is: 1 is linear. `at` is the time of a query for a position in a text of that size.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from catlearn.diagnostics import errors
from catlearn.theory.check import Checked, check_texts
from catlearn.theory.index import index

SIZES = (1_000, 10_000)
Texts = Mapping[str, str]
"""The texts of a specification by path; the one under `MAIN` imports the others."""

MAIN = "main.cat"


@dataclass(frozen=True)
class Row:
    """One measurement: the kind of text, its declarations and lines, seconds, and growth against the size before."""

    kind: str
    declarations: int
    lines: int
    check: float
    growth: float | None
    index: float
    at: float


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


KINDS: Mapping[str, Callable[[int], Texts]] = {
    "projects": projects,
    "crowded": crowded,
    "formal": formal,
    "mistaken": mistaken,
    "imports": imports,
}


def _seconds(work: Callable[[], object]) -> float:
    """The shortest of three times."""
    times = []
    for _ in range(3):
        gc.collect()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def _checked(texts: Texts) -> Checked:
    return check_texts(MAIN, texts[MAIN], texts)


def rows(kind: str, sizes: tuple[int, ...]) -> Iterator[Row]:
    """The measurements of one kind of text."""
    before: tuple[int, float] | None = None
    for size in sizes:
        texts = KINDS[kind](size)
        checked = _checked(texts)
        assert bool(errors(checked.diagnostics)) == (kind == "mistaken"), checked.diagnostics[:3]
        seconds = _seconds(lambda texts=texts: _checked(texts))  # type: ignore[misc]
        names = len(checked.entries)
        lines = sum(text.count("\n") for text in texts.values())
        found = index(checked)
        position = (max(1, lines // 2), 12)
        growth = seconds / before[1] / (names / before[0]) if before else None
        asked = _seconds(lambda found=found, position=position: found.at(*position))  # type: ignore[misc]
        made = _seconds(lambda checked=checked: index(checked))  # type: ignore[misc]
        yield Row(kind, names, lines, seconds, growth, made, asked)
        before = names, seconds


def _table(found: list[Row]) -> Iterator[str]:
    yield f"{'text':10} {'names':>7} {'lines':>7} {'check s':>9} {'growth':>7} {'index s':>9} {'at ms':>7}"
    for row in found:
        growth = f"{row.growth:.2f}" if row.growth else ""
        yield (
            f"{row.kind:10} {row.declarations:>7} {row.lines:>7} {row.check:>9.3f} {growth:>7} {row.index:>9.3f}"
            f" {row.at * 1000:>7.3f}"
        )


def main(arguments: list[str]) -> None:
    """Measures, and prints a table or JSON."""
    sizes = tuple(int(word) for word in arguments if word.isdigit()) or SIZES
    found = [row for kind in KINDS for row in rows(kind, sizes)]
    if "--json" in arguments:
        print(json.dumps({"schema": 1, "rows": [asdict(row) for row in found]}, indent=2))
    else:
        print("\n".join(_table(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
