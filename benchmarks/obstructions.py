"""What keeps runs apart on a landscape: the tube in the plane, and the level at which a loop is filled in space."""

from collections.abc import Callable

import gudhi
import numpy as np
from scipy import ndimage

from benchmarks.harness import Figure, alternating, ratios, row
from catlearn.evidence.cells import Cells, cells, trail
from catlearn.evidence.cycles import fill_level, filtered
from catlearn.evidence.tube import told_apart
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

BUMP = "bump(x, y) on [-2, 2]^2 = 0.8 * exp(-4 * (x^2 + y^2)) + 0.15 * y^2 - x / 2"
BALL = "ball(x, y, z) on [-2, 2]^3 = 0.8 * exp(-4 * (x^2 + y^2 + z^2)) + 0.15 * (y^2 + z^2)"
SIDE = np.array([[-1.8, 0], [-0.6, 0.9], [0, 1], [0.6, 0.9], [1.8, 0]])
SQUARE = np.array([[1.0, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [1, 0, 0]])
SLACKS = (0.1, 0.2, 0.3, 0.5)
LABELLED = 64


def domain(text: str, count: int) -> Cells:
    """The cells of a landscape, so many along each axis."""
    checked = check(parse(Source("landscape.cat", f"landscape {text}\n")))
    assert checked.theory is not None
    (found,) = checked.theory.landscapes.values()
    return cells(found.expression, found.variables, tuple((float(a), float(b)) for a, b in found.box), count)


@row(
    "tube",
    "tube test of one pair on 512 x 512 cells, all levels, at the slowest of four slacks, against "
    "`scipy.ndimage.label` at 64 levels",
    at_most=1,
    bound="labels of 50 bands, on the least blocks of cells that hold them",
)
def tube() -> Figure:
    """Two runs on either side of a bump, their trails included, against labelling as many cells as it has."""
    grid, levels = domain(BUMP, 512), (0.8, -0.8)

    def tested(slack: float) -> Callable[[], object]:
        return lambda: told_apart(grid, trail(grid, SIDE), trail(grid, SIDE * [1, -1]), levels, slack)

    def labelled() -> None:
        for level in np.linspace(levels[1], levels[0] - 0.2, LABELLED):
            ndimage.label((grid.low >= level) & (grid.low <= level + 0.2))

    tests = {slack: tested(slack) for slack in SLACKS}
    assert tests[0.2]() is not None
    assert tests[0.5]() is None
    *taken, one = alternating(9, *tests.values(), labelled)
    seen = {slack: float(np.median(ratios(seconds, one))) for slack, seconds in zip(SLACKS, taken, strict=True)}
    slowest = max(seen, key=lambda slack: seen[slack])
    return Figure(
        ratios(taken[SLACKS.index(slowest)], one),
        ", ".join(f"slack {slack}: {ratio:.2f}x" for slack, ratio in seen.items()),
    )


@row(
    "fill-level",
    "fill level of a loop in a box of 245k simplices over one field, against gudhi's persistence of the box alone",
    at_most=2,
    bound="1 and the building of the complex, which is not in the persistence",
)
def fill() -> Figure:
    """The complex of the box is built without the loop and outside the time of what it is compared with."""
    grid = domain(BALL, 21)
    loop = trail(grid, SQUARE)
    ready = [_complex(grid) for _ in range(10)]
    count = ready[0].num_simplices()

    def persistence() -> None:
        ready.pop().compute_persistence(homology_coeff_field=2)

    filled, alone = alternating(9, lambda: fill_level(grid.low, (loop.points, loop.cells), (2,)), persistence)
    return Figure(ratios(filled, alone), f"{count:,} simplices in three dimensions")


def _complex(grid: Cells) -> gudhi.SimplexTree:
    """The triangulation of all cells with all its tetrahedra, at the levels of the cells."""
    tree = gudhi.SimplexTree()
    for simplices, values in filtered(grid.low, 4):
        tree.insert_batch(simplices, values)
    return tree
