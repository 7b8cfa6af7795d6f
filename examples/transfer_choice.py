"""How the rates and epochs of examples/transfer.cat were chosen: each way to train has the same candidates, and the one
that reads most of held-out examples is taken. They are examples of the new data's own training part, none of which any
run trains on; no test split is looked at. Neither are the seeds those of the example.

`python examples/transfer_choice.py [CASE…]` prints the table of docs/transfer.md (data as for the example).
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from catlearn import verbs

EXAMPLE = Path(__file__).with_name("transfer.cat")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
EPOCHS = (4, 8, 16)
SEEDS = "6..7"
TRAINED, WITH_HELD_OUT = 3000, 5000
"""Examples of the new data that runs train on, and these with those that are held out."""

WAYS = {"fine-tuned": "A@source", "frozen": "F@init", "from nothing": "A@init"}
"""From where each way to train begins."""


@dataclass(frozen=True)
class Case:
    """A network and its data, by their names in `declarations`: what is trained on `old` and carried to `new`."""

    encoder: str
    head: str
    old: str
    new: str


CASES = {
    "wide to USPS": Case("wide", "head", "digits", "letters"),
    "wide to Fashion-MNIST": Case("wide", "head", "digits", "clothes"),
    "convolutions to USPS": Case("filters", "last", "small", "scans"),
    "narrow to USPS": Case("narrow", "end", "digits", "letters"),
}


@dataclass(frozen=True)
class Candidate:
    """A way to train with a rate at which its cosine begins and its epochs."""

    way: str
    rate: float
    epochs: int


CANDIDATES = tuple(Candidate(*each) for each in product(WAYS, RATES, EPOCHS))


def declarations(text: str) -> str:
    """The datasets and maps of a specification, without what is trained of them."""
    return text.partition("category ")[0]


def with_held_out(text: str, name: str, trained: int, every: int) -> str:
    """The declaration of a dataset as `more`, with more examples of its training part: the same ones first."""
    (declared,) = re.findall(rf"^dataset {name}\s+(.*)$", text, re.MULTILINE)
    return "dataset more " + declared.replace(f"train = {trained},", f"train = {every},")


def specification(
    text: str, case: Case, candidates: Sequence[Candidate], sizes: tuple[int, int] = (TRAINED, WITH_HELD_OUT)
) -> str:
    """A run of each candidate on the data of a case, and a claim whose estimate is its accuracy on what is held out:
    of the examples of `more`, of which smaller splits of one seed are part, those that are not trained on."""
    trained, every = sizes
    runs = [
        f"run r{place} : {WAYS[each.way]} -> {WAYS[each.way][0]}@r{place} {{ like = source, data = {case.new}, "
        f"epochs = {each.epochs}, checkpoints = {each.epochs} epochs, "
        f"optimiser = adam(lr = {each.rate} * cosine(epoch / {each.epochs})) }}"
        for place, each in enumerate(candidates)
    ]
    claims = [
        f"claim c{place} : ({every} * accuracy(r{place}, on = more.train) "
        f"- {trained} * accuracy(r{place}, on = {case.new}.train)) / {every - trained} >= 0"
        for place in range(len(candidates))
    ]
    return f"""{declarations(text)}
{with_held_out(text, case.new, trained, every)}
category Param {{
  object E = params({case.encoder})
  object A = E * params({case.head})
  map enc : A -> E = project
  run source : A@init -> A@source {{ net = {case.encoder} >> {case.head}, data = {case.old}, loss = cross_entropy,
    batch = 64, epochs = 8, checkpoints = 8 epochs, optimiser = adam(lr = 0.001 * cosine(epoch / 8)), seeds = {SEEDS} }}
}}
pullback F of enc : A -> E along enc(A@source) {{ leg into : F -> A  freeze E {{ buffers = fixed, mode = eval }} }}
{chr(10).join(runs)}
{chr(10).join(claims)}
"""


def accuracies(text: str, candidates: Sequence[Candidate]) -> dict[Candidate, float]:
    """The accuracy of each candidate on what is held out, in the mean over seeds."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "choice.cat"
        path.write_text(text, encoding="utf-8")
        found = {row.name: row.estimate for row in verbs.verify(path).claims}
    return {each: float(found[f"c{place}"] or 0.0) for place, each in enumerate(candidates)}


def chosen(found: dict[Candidate, float], way: str) -> Candidate:
    """The candidate of a way to train that reads most; of equals that with the fewest epochs, then the least rate."""
    return max((each for each in found if each.way == way), key=lambda each: (found[each], -each.epochs, -each.rate))


def rows(name: str, found: dict[Candidate, float]) -> Iterator[str]:
    """The lines of the table for a case, one for each way to train."""
    for way in WAYS:
        best, others = chosen(found, way), [found[each] for each in found if each.way == way]
        figures = f"{best.rate:g} | {best.epochs} | {found[best]:.4f} | {min(others):.4f}"
        yield f"| {name} | {way} | {figures} |"


def main(names: Sequence[str]) -> None:
    """Print the table of some cases, all where none is named, and every accuracy on the other stream."""
    print("| case | trained | rate | epochs | held-out accuracy | the worst candidate's |\n|---|---|---|---|---|---|")
    for name in names or CASES:
        found = accuracies(specification(EXAMPLE.read_text(encoding="utf-8"), CASES[name], CANDIDATES), CANDIDATES)
        for each, accuracy in found.items():
            print(f"{name}, {each.way}, {each.rate:g}, {each.epochs}: {accuracy:.4f}", file=sys.stderr, flush=True)
        print("\n".join(rows(name, found)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
