"""`graph`: names that never cover each other, squares that are squares, and text that its readers can parse."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from lark import Lark

from catlearn.plan.describe import describe
from catlearn.plan.theory_document import FunctorDocument, PullbackDocument, TheoryDocument, TransformationDocument
from catlearn.report.graph.formats import FORMATS
from catlearn.report.graph.selection import Selection, select, selectable
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from tests.report.drawn import collisions, words

ROOT = Path(__file__).parents[2]
QUICKSTART = (ROOT / "examples" / "quickstart.cat").read_text("utf-8")

SQUARE = """category Square {
  object X, Y, Z, W
  map top : X -> Y
  map right : Y -> W
  map left : X -> Z
  map bottom : Z -> W
  law commutes : top >> right == left >> bottom
}
"""

CUBE = """category Cube {
  object A, B, C, D, A1, B1, C1, D1
  map f : A -> B
  map g : B -> D
  map h : A -> C
  map k : C -> D
  map f1 : A1 -> B1
  map g1 : B1 -> D1
  map h1 : A1 -> C1
  map k1 : C1 -> D1
  map a : A -> A1
  map b : B -> B1
  map c : C -> C1
  map d : D -> D1
  law front : f >> g == h >> k
  law back : f1 >> g1 == h1 >> k1
  law over : f >> b == a >> f1
  law under : k >> d == c >> k1
  law left : h >> c == a >> h1
  law right : g >> d == b >> g1
}
"""

THREE = "category Three { object X, Y, Z\n map f : X -> Y\n map g : Y -> Z\n map h : X -> Z\n law both : f >> g == h }\n"


def thirty(seed: int) -> str:
    """A category with thirty arrows between a dozen objects, some parallel, some loops, some against the stream."""
    random = Random(seed)
    objects = [f"Object{index}" for index in range(12)]
    lines = [f"category Thirty{seed} {{", f"  object {', '.join(objects)}"]
    for index in range(30):
        source = random.randrange(12)
        target = random.randrange(12) if random.random() < 0.2 else min(11, source + random.randint(1, 3))
        lines.append(f"  map arrow_{index} : {objects[source]} -> {objects[target]}")
    return "\n".join([*lines, "}"]) + "\n"


def many_runs() -> str:
    """One space with twenty-eight runs between its points, and structural maps to three other spaces."""
    named = "net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2, seeds = 0..3"
    runs = [f"  run run_{index} : A@init -> A@end_{index} {{ like = first }}" for index in range(27)]
    return "\n".join(
        [
            "dataset d { source = sklearn.iris }",
            "map f : R[4] -> R[8] = linear(8) >> relu",
            "map h : R[8] -> R[3] = linear(3)",
            "category Param {",
            "  object E = params(f)",
            "  object H = params(h)",
            "  object A = E * H",
            "  map encoder_of : A -> E = project",
            "  map head_of : A -> H = project",
            f"  run first : A@init -> A@first {{ {named} }}",
            *runs,
            "}",
        ]
    )


SPECIFICATIONS = {
    "quickstart": QUICKSTART,
    "three": THREE,
    "square": SQUARE,
    "cube": CUBE,
    "all of them": THREE + SQUARE + CUBE,
    "runs": many_runs(),
    **{f"thirty {seed}": thirty(seed) for seed in range(4)},
}


def theory(text: str) -> TheoryDocument:
    """The document of a specification without errors."""
    checked = check(parse(Source("spec.cat", text)))
    assert checked.theory is not None, [found.message for found in checked.diagnostics]
    return describe(checked.theory)


@pytest.fixture(scope="module")
def theories() -> Mapping[str, TheoryDocument]:
    return {name: theory(text) for name, text in SPECIFICATIONS.items()}


SOURCE = "category Source { object P, Q\n map p : P -> Q\n map q : P -> Q }\n"


def naturality() -> TheoryDocument:
    """Two functors into the square, a transformation between them, and a pullback along an arrow."""
    found = theory(SQUARE + SOURCE)
    images = (("P", "X"), ("Q", "Y"), ("p", "top"), ("q", "top"))
    other = (("P", "Z"), ("Q", "W"), ("p", "bottom"), ("q", "bottom"))
    functors = tuple(
        FunctorDocument(name=name, source="Source", target="Square", images=pairs)
        for name, pairs in (("F", images), ("G", other))
    )
    components = (("P", "left"), ("Q", "right"))
    moving = TransformationDocument(name="moving", source="F", target="G", components=components)
    pullback = PullbackDocument(
        name="X", category="Square", map="right", along="bottom", legs=("top", "left"), frozen=()
    )
    update = {"functors": functors, "transformations": (moving,), "pullbacks": (pullback,)}
    return found.model_copy(update=update)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_no_two_names_cover_each_other(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    assert collisions(FORMATS["svg"](select(theories[name], None))) == []


def test_no_two_names_cover_each_other_in_naturality_squares() -> None:
    assert collisions(FORMATS["svg"](Selection(naturality()))) == []


def test_saboteur_a_name_on_another_is_seen(theories: Mapping[str, TheoryDocument]) -> None:
    svg = FORMATS["svg"](select(theories["square"], None))
    top = next(found for found in words(svg) if found.text == "top")
    over = f'<text class="node" x="{top.left}" y="{top.bottom}">intruder</text></svg>'
    assert ("top", "intruder") in collisions(svg.removesuffix("</svg>\n") + over)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_all_names_lie_inside_the_picture(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    svg = FORMATS["svg"](select(theories[name], None))
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None
    for found in words(svg):
        assert 0 <= found.left < found.right <= float(size[1]), found
        assert 0 <= found.top < found.bottom <= float(size[2]), found


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_every_arrow_is_named_in_every_form(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    arrows = [arrow.name for category in theories[name].categories for arrow in category.arrows]
    for form, write in FORMATS.items():
        text = write(select(theories[name], None)).replace(r"\_", "_")
        assert [arrow for arrow in arrows if not re.search(rf"\b{arrow}\b", text)] == [], form


def centres(svg: str) -> Mapping[str, tuple[float, float]]:
    return {found.text: ((found.left + found.right) / 2, found.bottom) for found in words(svg)}


def test_a_commuting_square_is_a_square(theories: Mapping[str, TheoryDocument]) -> None:
    at = centres(FORMATS["svg"](select(theories["square"], None)))
    assert at["X"][1] == at["Y"][1] < at["Z"][1] == at["W"][1]
    assert at["X"][0] == pytest.approx(at["Z"][0], abs=1)
    assert at["Y"][0] == pytest.approx(at["W"][0], abs=1)
    assert at["X"][0] < at["Y"][0]


def test_opposite_faces_of_a_cube_are_equal(theories: Mapping[str, TheoryDocument]) -> None:
    at = centres(FORMATS["svg"](select(theories["cube"], None)))
    moves = [(at[f"{name}1"][0] - at[name][0], at[f"{name}1"][1] - at[name][1]) for name in "ABCD"]
    assert all(move == pytest.approx(moves[0], abs=1) for move in moves)
    assert at["A"][1] == at["B"][1]


def test_a_pullback_along_an_arrow_and_naturality_are_squares() -> None:
    svg = FORMATS["svg"](Selection(naturality()))
    assert svg.count('class="corner"') == 1
    assert {"moving is natural at p", "moving is natural at q"} <= {found.text for found in words(svg)}
    tikz = FORMATS["tikz-cd"](Selection(naturality()))
    assert "% naturality of moving at p" in tikz
    assert tikz.count("lrcorner") == 1
    assert "Rightarrow" in tikz


def test_only_one_thing_is_drawn(theories: Mapping[str, TheoryDocument]) -> None:
    found = theories["quickstart"]
    shown = {name: {box.text for box in words(FORMATS["svg"](select(found, name)))} for name in selectable(found)}
    assert {"F", "A", "E", "1", "inc", "enc"} <= shown["F"]
    assert "gd" not in shown["F"]
    assert {"gd", "ball", "slide"} <= shown["slide"]
    assert "half" not in shown["slide"]
    assert {"half", "rest", "gd", "= resume"} <= shown["resume"]
    assert "Rep" not in shown["Param"]
    assert {"Param", "Rep", "L"} <= shown["L"]
    assert "sutskever_form" in shown["sutskever_form"]
    assert "Param" not in shown["sutskever_form"]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_diagram_at_every_call(form: str, tmp_path: Path) -> None:
    (tmp_path / "spec.cat").write_text(CUBE + thirty(0), encoding="utf-8")
    command = [sys.executable, "-m", "catlearn", "graph", str(tmp_path / "spec.cat"), "--format", form]
    texts = {
        subprocess.run(
            command, capture_output=True, check=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


DOT = Lark(
    r"""start: "digraph" ID block
    block: "{" (statement ";"?)* "}"
    ?statement: edge | node | setting | subgraph | defaults
    edge: ID ("->" ID)+ [options]
    node: ID [options]
    setting: ID "=" ID
    defaults: ("node" | "edge") options
    subgraph: ["subgraph" ID] block
    options: "[" [setting (","? setting)*] "]"
    ID: /"(\\.|[^"\\])*"|[A-Za-z_][A-Za-z0-9_]*|-?[0-9.]+/
    %ignore /\s+/"""
)
"""The part of the grammar of Graphviz that we write (DOT Language, graphviz.org)."""


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_dot_parses(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    tree = DOT.parse(FORMATS["dot"](select(theories[name], None)))
    nodes = [str(found.children[0]) for found in tree.find_data("node")]
    ends = {str(end) for found in tree.find_data("edge") for end in found.children if isinstance(end, str)}
    assert ends <= set(nodes)


MERMAID = re.compile(
    r"""flowchart\ LR | subgraph\ \w+\["[^"]*"\] | end
    | \w+\["[^"]+"\] | \w+\(\["[^"]+"\]\)
    | \w+\ (-->|---|==>|===)(\|"[^"]+"\|)?\ \w+""",
    re.VERBOSE,
)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_mermaid_is_a_flowchart(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    lines = [line.strip() for line in FORMATS["mermaid"](select(theories[name], None)).splitlines()]
    assert [line for line in lines if not MERMAID.fullmatch(line)] == []
    declared = {match[1] for line in lines if (match := re.match(r"(\w+)[\[(]", line))}
    used = {end for line in lines if (match := re.match(r"(\w+) [-=].* (\w+)$", line)) for end in match.groups()}
    assert used <= declared
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_tikz_is_balanced_and_stays_in_its_grid(name: str, theories: Mapping[str, TheoryDocument]) -> None:
    text = FORMATS["tikz-cd"](select(theories[name], None))
    bare = re.sub(r"%.*|\\[{}]", "", text)
    for opening, closing in ("{}", "[]"):
        assert bare.count(opening) == bare.count(closing)
    environments = re.findall(r"\\begin{tikzcd}\n(.*?)\\end{tikzcd}", text, re.DOTALL)
    assert len(environments) == text.count(r"\begin{tikzcd}")
    for body in environments:
        grid = [row.count("&") + 1 for row in body.split(r"\arrow", 1)[0].split("\\\\\n")]
        assert len(set(grid)) == 1
        places = re.findall(r"(?:from|to)=(\d+)-(\d+)", body)
        assert all(1 <= int(row) <= len(grid) and 1 <= int(column) <= grid[0] for row, column in places)
        labels = set(re.findall(r"name=(\d+)", body))
        assert {end for pair in re.findall(r"from=(\d+), to=(\d+)\]", body) for end in pair} == labels
