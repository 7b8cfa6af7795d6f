"""The parts that pictures are made of: layered graphs, images of cells, scales, escaped elements."""

import base64
import struct
import zlib
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from catlearn.report.axes import Scale, around, decades
from catlearn.report.layering import Edge, layered
from catlearn.report.svg import cells_image, element, thinned

NODES = ("a", "b", "c", "d", "e")
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=7)


@settings(max_examples=30)
@given(EDGES)
def test_every_edge_runs_from_its_source_to_its_target(ends: list[tuple[str, str]]) -> None:
    edges = [Edge(f"{index}", *pair) for index, pair in enumerate(ends)]
    layout = layered(NODES, edges)
    for edge in edges:
        if edge.source != edge.target:
            route = layout.routes[edge.name]
            assert route[0] == layout.nodes[edge.source]
            assert route[-1] == layout.nodes[edge.target]
            assert all(abs(first[0] - second[0]) == 1 for first, second in pairwise(route))


@settings(max_examples=30)
@given(EDGES)
def test_nothing_is_drawn_upon_anything_else(ends: list[tuple[str, str]]) -> None:
    layout = layered(NODES, [Edge(f"{index}", *pair) for index, pair in enumerate(ends)])
    inner = [place for route in layout.routes.values() for place in route[1:-1]]
    rows: dict[int, list[float]] = {}
    for layer, row in (*layout.nodes.values(), *inner):
        rows.setdefault(layer, []).append(row)
    for found in rows.values():
        assert all(second - first > 0.98 for first, second in pairwise(sorted(found)))


def test_without_cycles_every_edge_points_to_the_right() -> None:
    edges = [Edge("gd", "init", "end"), Edge("half", "init", "mid"), Edge("rest", "mid", "end")]
    layout = layered(("end", "mid", "init"), edges)
    layers = {node: layer for node, (layer, _) in layout.nodes.items()}
    assert layers == {"init": 0, "mid": 2, "end": 4}


def test_edges_that_belong_together_are_neighbours() -> None:
    names = ("one", "two", "three", "four")
    edges = [Edge(name, "start", name) for name in names]
    layout = layered(("start", *names), edges, [("one", "four")])
    apart = abs(layout.routes["one"][1][1] - layout.routes["four"][1][1])
    assert apart < 1.01


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=4))
def test_an_image_has_the_cells_it_was_given(indices: list[list[int]]) -> None:
    content = base64.b64decode(cells_image(indices, [(0, 0, 0)] * 4).partition(",")[2])
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert struct.unpack(">I", content[place + 8 + length : place + 12 + length]) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        place += 12 + length
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (3, len(indices))
    pixels = zlib.decompress(chunks[b"IDAT"])
    assert [list(pixels[4 * row + 1 : 4 * row + 4]) for row in range(len(indices))] == indices


@given(st.lists(st.floats(1e-6, 1e6), min_size=1), st.booleans())
@example([1.0000000000000002e-06], False)
def test_scales_keep_order_and_frame(values: list[float], logarithmic: bool) -> None:
    scale = (decades if logarithmic else around)(values, 0.0, 100.0)
    places = [scale(value) for value in sorted(values)]
    assert all(0 <= place <= 100 for place in places)
    assert places == sorted(places)
    ticks = scale.ticks()
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    assert len(set(ticks)) == len(ticks) <= 16


def test_values_outside_are_drawn_at_the_edge() -> None:
    assert Scale(0, 1, 10, 20)(7) == 20


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=50), st.integers(2, 20))
def test_thinning_keeps_the_ends(points: list[tuple[float, float]], most: int) -> None:
    kept = thinned(points, most)
    assert len(kept) == min(len(points), most)
    assert (kept[0], kept[-1]) == (points[0], points[-1])


def test_text_and_attributes_are_escaped() -> None:
    found = element("text", "<script>&", class_='"><script>')
    assert found == '<text class="&#34;&gt;&lt;script&gt;">&lt;script&gt;&amp;</text>'
