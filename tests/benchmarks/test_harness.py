"""The harness of the benchmarks: what it asks, how it measures, and what it writes. No time is asserted."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks import gpu, lanes
from benchmarks.harness import Figure, Measured, Row, Unmeasured, alternating, document, measured, ratios, rows
from benchmarks.table import DOCUMENT, line, written


def a_row(name="some-row", at_least=None, at_most=None, measure=lambda: Figure((2.0, 1.0, 4.0), "beside")):
    return Row(name, "what", at_least, at_most, "x", "the bound", measure)


def test_every_figure_that_is_asked_for_has_a_row():
    asked = {name: (each.at_least, each.at_most) for name, each in rows().items()}
    expected = {
        "lanes-small": (9, None),
        "lanes-large": (1.8, None),
        "lanes-any": (1, None),
        "frozen-one": (12, None),
        "frozen-many": (80, None),
        "checkpoints": (None, 2),
        "verify-again": (None, 0),
        "gpu-large": (200, None),
        "gpu-small": (4000, None),
        "check-thousand": (None, 1),
        "check-ten-thousand": (None, 10),
        "check-position": (None, 100),
        "claims-fifty": (None, 10),
        "classes-pairs": (None, 400),
        "classes-time": (10, None),
        "classes-growth": (None, 15),
        "sheet-losses": (5, None),
        "tube": (None, 1),
        "fill-level": (None, 2),
    }
    assert {name: asked.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("least", "most", "met"),
    [(1.9, None, True), (2.1, None, False), (None, 2, True), (None, 1.9, False), (None, None, None)],
)
def test_a_figure_is_its_median_and_is_met_or_short(least, most, met):
    each = a_row(at_least=least, at_most=most)
    (result,) = measured([each], lambda _: None)
    assert result.figure.value == 2.0
    assert each.met(2.0) is met
    assert ("**short**" in line(result)) == (met is False)
    assert "| 2x" in line(result)
    assert "| 1 to 4 | beside | the bound |" in line(result)


def test_what_cannot_be_measured_says_why():
    def measure():
        raise Unmeasured("no such machine")

    (result,) = measured([a_row(measure=measure)], lambda _: None)
    assert result.figure is None
    assert "| unmeasured |  | no such machine |" in line(result)
    (entry,) = json.loads(document([result]))["rows"]
    assert (entry["median"], entry["met"], entry["unmeasured"]) == (None, None, "no such machine")


def test_repeats_alternate_after_a_first_call_of_each():
    calls = []
    left, right = alternating(2, lambda: calls.append("left"), lambda: calls.append("right"))
    assert calls == ["left", "right"] * 3
    assert len(left) == len(right) == 2
    assert ratios((4.0, 9.0), (2.0, 3.0)) == (2.0, 3.0)


def test_a_table_keeps_the_rows_that_were_not_measured_and_drops_those_that_are_no_more():
    text = (
        "before\n<!-- table: benchmarks -->\n| `old` | x |\n| `kept` | y |\n| `some-row` | z |\n<!-- end -->\nafter\n"
    )
    made = written(text, [Measured(a_row(), Figure((3.0,)))], ["some-row", "kept"])
    assert made.startswith("before\n")
    assert made.endswith("<!-- end -->\nafter\n")
    assert made.index("| `some-row` | what |  | 3x |") < made.index("| `kept` | y |")
    assert "`old`" not in made
    with pytest.raises(ValueError, match="one place"):
        written("nowhere", [], [])


def test_the_document_has_a_line_for_every_row():
    text = Path(DOCUMENT).read_text(encoding="utf-8")
    assert [name for name in rows() if f"| `{name}` |" not in text] == []


def test_lanes_are_compared_with_a_loop_that_does_as_much():
    figure = lanes.speedup((4, 10), batch=64, lanes=3, epochs=1, repeats=2, models=2)
    assert len(figure.values) == 2
    assert min(figure.values) > 0
    assert figure.seen == "310 parameters, 21 steps"


def test_a_sweep_on_a_gpu_is_compared_with_a_loop_on_it():
    """On the processor, which is a device too."""
    figure = gpu.speedup(torch.device("cpu"), (4, 10), batch=64, epochs=1, rates=2, seeds=3, models=2, repeats=2)
    assert len(figure.values) == 2
    assert min(figure.values) > 0
    assert figure.seen.startswith("6 lanes, 21 steps of ")
