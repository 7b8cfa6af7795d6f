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
from catlearn.plan.theory_document import TheoryDocument
from catlearn.report.graph.formats import FORMATS
from catlearn.report.graph.selection import select, selectable
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

THREE = (
    "category Three { object X, Y, Z\n map f : X -> Y\n map g : Y -> Z\n map h : X -> Z\n law both : f >> g == h }\n"
)


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
    named = (
        "net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2, seeds = 0..3"
    )
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


NATURAL = """
category Source { object P, Q  map p, q : P -> Q }
functor F : Source -> Square { object P |-> X  object Q |-> Y  map p, q |-> top }
functor G : Source -> Square { object P |-> Z  object Q |-> W  map p, q |-> bottom }
transformation moving : F => G { P |-> left, Q |-> right }
"""

JOINT = """map body : R[64] -> R[32] = linear(32) >> relu
map one  : R[32] -> R[10] = linear(10)
map two  : R[32] -> R[2] = linear(2)
category Tasks {
  object E = params(body)
  object A = E * params(one)
  object B = E * params(two)
  map of_a : A -> E = project
  map of_b : B -> E = project
}
pullback J of of_a : A -> E along of_b : B -> E { leg to_a : J -> A  leg to_b : J -> B }
"""

LOOPS = """category Quaternions {
  object Q
  map i, j, k : Q -> Q
  map back, forth : Q -> Q
  law first : i >> j == k
  law second : i >> i == j >> j
  law inverse : back >> forth == id(Q)
}
"""


Written = Mapping[tuple[str, str], str]

SPECIFICATIONS = {
    "quickstart": QUICKSTART,
    "three": THREE,
    "square": SQUARE,
    "cube": CUBE,
    "loops": LOOPS,
    "joint": JOINT,
    "natural": SQUARE + NATURAL,
    "all of them": THREE + SQUARE + CUBE,
    "runs": many_runs(),
    **{f"thirty {seed}": thirty(seed) for seed in range(2)},
}


def theory(text: str) -> TheoryDocument:
    """The document of a specification without errors."""
    checked = check(parse(Source("spec.cat", text)))
    assert checked.theory is not None, [found.message for found in checked.diagnostics]
    return describe(checked.theory)


@pytest.fixture(scope="module")
def theories() -> Mapping[str, TheoryDocument]:
    return {name: theory(text) for name, text in SPECIFICATIONS.items()}


@pytest.fixture(scope="module")
def written(theories: Mapping[str, TheoryDocument]) -> Written:
    """Every specification in every form."""
    return {
        (name, form): write(select(found, None)) for name, found in theories.items() for form, write in FORMATS.items()
    }


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_no_two_names_cover_each_other(name: str, written: Written) -> None:
    assert collisions(written[name, "svg"]) == []


def test_saboteur_a_name_on_another_is_seen(written: Written) -> None:
    svg = written["square", "svg"]
    top = next(found for found in words(svg) if found.text == "top")
    over = f'<text class="node" x="{top.left}" y="{top.bottom}">intruder</text></svg>'
    assert ("top", "intruder") in collisions(svg.removesuffix("</svg>\n") + over)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_all_names_lie_inside_the_picture(name: str, written: Written) -> None:
    svg = written[name, "svg"]
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None
    for found in words(svg):
        assert 0 <= found.left < found.right <= float(size[1]), found
        assert 0 <= found.top < found.bottom <= float(size[2]), found


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_every_arrow_is_named_in_every_form(
    name: str, theories: Mapping[str, TheoryDocument], written: Written
) -> None:
    arrows = [arrow.name for category in theories[name].categories for arrow in category.arrows]
    for form in FORMATS:
        text = written[name, form].replace(r"\_", "_")
        assert [arrow for arrow in arrows if not re.search(rf"\b{arrow}\b", text)] == [], form


def centres(svg: str) -> Mapping[str, tuple[float, float]]:
    return {found.text: ((found.left + found.right) / 2, found.bottom) for found in words(svg)}


def test_a_commuting_square_is_a_square(written: Written) -> None:
    at = centres(written["square", "svg"])
    assert at["X"][1] == at["Y"][1] < at["Z"][1] == at["W"][1]
    assert at["X"][0] == pytest.approx(at["Z"][0], abs=1)
    assert at["Y"][0] == pytest.approx(at["W"][0], abs=1)
    assert at["X"][0] < at["Y"][0]


def test_opposite_faces_of_a_cube_are_equal(written: Written) -> None:
    at = centres(written["cube", "svg"])
    moves = [(at[f"{name}1"][0] - at[name][0], at[f"{name}1"][1] - at[name][1]) for name in "ABCD"]
    assert all(move == pytest.approx(moves[0], abs=1) for move in moves)
    assert at["A"][1] == at["B"][1]


def test_a_pullback_of_two_maps_is_a_square(written: Written) -> None:
    svg = written["joint", "svg"]
    assert svg.count('class="corner"') == 1
    assert "Pullback J: shared body.0" in {found.text for found in words(svg)}
    square = written["joint", "tikz-cd"].split("% pullback J")[1]
    sides = re.findall(r'\\arrow\["\{\\mathrm\{(.*?)\}\}", from=(\S+), to=([^]]+)\]', square)
    assert sorted(sides) == [
        ("of\\_a", "2-1", "2-2"),
        ("of\\_b", "1-2", "2-2"),
        ("to\\_a", "1-1", "2-1"),
        ("to\\_b", "1-1", "1-2"),
    ]
    assert square.count("lrcorner") == 1


def test_a_transformation_is_a_double_arrow_with_its_squares(written: Written) -> None:
    shown = {found.text for found in words(written["natural", "svg"])}
    assert {"moving", "moving is natural at p", "moving is natural at q"} <= shown
    assert written["natural", "tikz-cd"].count("Rightarrow") == 1
    assert "% naturality of moving at p" in written["natural", "tikz-cd"]


def test_laws_that_are_no_shape_are_written(written: Written) -> None:
    shown = {found.text for found in words(written["loops", "svg"])}
    assert {"first: i >> j = k", "second: i >> i = j >> j", "inverse: back >> forth = id(Q)"} <= shown


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


def test_loops_at_one_node_go_to_different_sides_in_tikz() -> None:
    loops = ", ".join(f"l_{number}" for number in range(6))
    drawn = FORMATS["tikz-cd"](select(theory(f"category C {{\n  object X\n  map {loops} : X -> X\n}}\n"), None))
    found = re.findall(r'\\arrow\["{\\mathrm{l\\_(\d)}}", (loop [^\]]*?), from=1-1, to=1-1\]', drawn)
    assert [number for number, _ in found] == list("012345")
    assert len({options for _, options in found}) == 6


def test_the_same_diagram_at_every_call(tmp_path: Path) -> None:
    (tmp_path / "spec.cat").write_text(CUBE + SQUARE + NATURAL + LOOPS, encoding="utf-8")
    program = (
        "import sys; from catlearn import verbs; "
        f"print([verbs.graph(sys.argv[1], form=form) for form in {list(FORMATS)!r}])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "spec.cat")]
    environments = ({"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)} for seed in ("1", "2"))
    first, second = (subprocess.run(command, capture_output=True, check=True, env=env).stdout for env in environments)
    assert first == second


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
def test_dot_parses(name: str, written: Written) -> None:
    tree = DOT.parse(written[name, "dot"])
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
def test_mermaid_is_a_flowchart(name: str, written: Written) -> None:
    lines = [line.strip() for line in written[name, "mermaid"].splitlines()]
    assert [line for line in lines if not MERMAID.fullmatch(line)] == []
    declared = {match[1] for line in lines if (match := re.match(r"(\w+)[\[(]", line))}
    used = {end for line in lines if (match := re.match(r"(\w+) [-=].* (\w+)$", line)) for end in match.groups()}
    assert used <= declared
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_tikz_is_balanced_and_stays_in_its_grid(name: str, written: Written) -> None:
    text = written[name, "tikz-cd"]
    bare = re.sub(r"%.*|\\[{}]", "", text)
    for opening, closing in ("{}", "[]"):
        assert bare.count(opening) == bare.count(closing)
    environments = re.findall(r"\\begin{tikzcd}\n(.*?)\\end{tikzcd}", text, re.DOTALL)
    assert len(environments) == text.count(r"\begin{tikzcd}")
    assert not re.search(r"(?<!\\)[_#$^~]", "".join(environments))
    for body in environments:
        grid = [row.count("&") + 1 for row in body.split(r"\arrow", 1)[0].split("\\\\\n")]
        assert len(set(grid)) == 1
        places = re.findall(r"(?:from|to)=(\d+)-(\d+)", body)
        assert all(1 <= int(row) <= len(grid) and 1 <= int(column) <= grid[0] for row, column in places)
        labels = set(re.findall(r"name=(\d+)", body))
        assert {end for pair in re.findall(r"from=(\d+), to=(\d+)\]", body) for end in pair} == labels
