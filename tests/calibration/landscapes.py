"""Landscapes with two runs on each whose answer is known, drawn at random, kind by kind.

`height` is the least slack at which the runs are dihomotopic, or the least level at which their ends are connected or
their loop contracts. It is exact but for `margin`, by which the numbers that it is computed from may be off.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

Path = list[list[float]]


@dataclass(frozen=True)
class Case:
    """Two paths on a landscape, `variables` in the box [-extent, extent] each, under a relation of some kind."""

    kind: str
    relation: str
    expression: str
    box: str
    left: Path
    right: Path
    height: float
    asked: float
    levels: tuple[float, float] | None = None
    margin: float = 1e-3

    def __post_init__(self) -> None:
        """What is asked stays such that the levels say something."""
        if self.levels is not None:
            object.__setattr__(self, "asked", min(self.asked, 0.45 * (self.levels[0] - self.levels[1])))

    @property
    def text(self) -> str:
        """The specification that asks whether the runs are related within `asked`."""
        variables = ("x", "y", "z", "w", "u", "v", "p", "q", "r", "s")[: len(self.left[0])]
        ends = "start", "end"
        levels = f", levels = {self.levels[1]:.12f}..{self.levels[0]:.12f}" if self.levels else ""
        relation = {
            "dihomotopy": f"dihomotopy {{ slack = {self.asked:.12f}{levels} }}",
            "connected": f"connected {{ level = {self.asked:.12f} }}",
            "homotopy": f"homotopy {{ region = sublevel({self.asked:.12f}), close = segment }}",
        }[self.relation]
        return f"""
landscape l({", ".join(variables)}) on {self.box} = {self.expression}
category C {{
  object A = params(l)
  run left  : A@left_{ends[0]} -> A@left_{ends[1]} {{ path = {self.left} }}
  run right : A@right_{ends[0]} -> A@right_{ends[1]} {{ path = {self.right} }}
}}
relation r = {relation}
cell c : left => right by r
claim k : c
"""


def _asked(random: np.random.Generator, height: float, scale: float) -> float:
    """A slack on either side of the height, at a distance of up to `scale`, half of them below where there is room."""
    below = random.random() < 0.5 and height > 0.02
    return float(height * random.uniform(0.2, 1.0)) if below else float(height + 0.01 + scale * random.random())


def _round(points: np.ndarray) -> Path:
    return [[float(f"{value:.9f}") for value in point] for point in points]


def _arc(side: float, reach: float, wide: float = 0.6) -> np.ndarray:
    """A way from west to east past the origin, on the side of the given sign."""
    ways = [[-1.8, 0], [-wide, 0.9 * reach], [0, reach], [wide, 0.9 * reach], [1.8, 0]]
    return np.array(ways, dtype=float) * [1, side]


def _slope(random: np.random.Generator) -> tuple[float, float, float, float]:
    """The slope, the height and the sharpness of a bump, and the curvature across the slope."""
    return random.uniform(0.4, 0.6), random.uniform(0.5, 1.1), random.uniform(3, 5), random.uniform(0.1, 0.2)


def _number(value: float) -> str:
    return f"{value:.12f}"


def _profile(slope: float, bump: float, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """The losses along the axis of symmetry of a slope with one bump or pit at the origin."""
    places = np.linspace(-1.8, 1.8, 36001)
    return places, -slope * places + bump * np.exp(-sharpness * places**2)


def _of_bump(losses: np.ndarray, places: np.ndarray, high: float, low: float, pit: bool) -> float:
    """max(0, min(P - S, high - S, S - low)) for a bump, with S - Q in place of P - S for a pit (DESIGN 4)."""
    middle = np.abs(places) < 1.3
    inner, steps = losses[middle], np.sign(np.diff(losses[middle]))
    turns = np.flatnonzero(np.diff(steps)) + 1
    if len(turns) < 2:
        return 0.0
    first, second = inner[turns[0]], inner[turns[1]]  # a minimum, then a maximum, as one goes down the slope
    pass_level = second if pit else first
    return max(0.0, min(second - first, high - pass_level, pass_level - low))


def _bump(random: np.random.Generator, pit: bool, kind: str) -> Case:
    slope, bump, sharpness, across = _slope(random)
    bump = -bump if pit else bump
    places, losses = _profile(slope, bump, sharpness)
    high, low = float(losses[0]), float(losses[-1])
    opposite = random.random() < 0.7
    left = _arc(1, random.uniform(0.9, 1.1))
    right = _arc(-1 if opposite else 1, random.uniform(0.9, 1.1))
    height = _of_bump(losses, places, high, low, pit) if opposite else 0.0
    expression = (
        f"{_number(bump)} * exp(-{_number(sharpness)} * (x^2 + y^2)) + {_number(across)} * y^2 - {_number(slope)} * x"
    )
    return Case(
        kind,
        "dihomotopy",
        expression,
        "[-2, 2]^2",
        _round(left),
        _round(right),
        height,
        _asked(random, height, 0.2),
        (high - 1e-6, low + 1e-6),
    )


def bumps(random: np.random.Generator) -> Case:
    """A bump on a slope in the plane, runs on either side of it or on one."""
    return _bump(random, False, "bumps")


def pits(random: np.random.Generator) -> Case:
    """A pit on a slope in the plane, runs on either side of it or on one."""
    return _bump(random, True, "pits")


def several(random: np.random.Generator) -> Case:
    """Two bumps one below the other: the height is that of the highest which the runs pass on different sides."""
    slope, across = random.uniform(0.4, 0.5), 0.1
    sizes, sharpness = random.uniform(0.5, 0.9, 2), 8.0
    places = np.linspace(-2.7, 2.7, 54001)
    centres = (-1.2, 1.2)
    losses = -slope * places + sum(
        size * np.exp(-sharpness * (places - centre) ** 2) for size, centre in zip(sizes, centres, strict=True)
    )
    high, low = float(losses[0]), float(losses[-1])
    sides = random.choice([-1, 1], 2)
    heights = []
    for number, centre in enumerate(centres):
        near = np.abs(places - centre) < 1.0
        steps = np.sign(np.diff(losses[near]))
        turns = np.flatnonzero(np.diff(steps)) + 1
        first, second = losses[near][turns[0]], losses[near][turns[1]]
        heights.append(max(0.0, min(second - first, high - first, first - low)) if sides[number] < 0 else 0.0)
    left = np.array([[-2.7, 0], [-1.8, 0.8], [-1.2, 0.9], [0, 0.9], [1.2, 0.9], [1.8, 0.8], [2.7, 0]])
    right = left * np.array([[1, s] for s in (1, sides[0], sides[0], 0, sides[1], sides[1], 1)])
    expression = " + ".join(
        f"{_number(size)} * exp(-8 * ((x - ({centre}))^2 + y^2))" for size, centre in zip(sizes, centres, strict=True)
    )
    return Case(
        "several bumps",
        "dihomotopy",
        f"{expression} + {across} * y^2 - {_number(slope)} * x",
        "[-3, 3] * [-1.5, 1.5]",
        _round(left),
        _round(right),
        float(max(heights)),
        _asked(random, float(max(heights)), 0.2),
        (high - 1e-6, low + 1e-6),
    )


def wells(random: np.random.Generator) -> Case:
    """Wells of (x^2 - 1)^2 in one to three dimensions: runs into one well, or into two below a pass."""
    axes, top = int(random.integers(1, 4)), random.uniform(0.4, 0.9)
    others = "".join(f" + {name}^2" for name in ("y", "z")[: axes - 1])
    stiff = np.zeros(axes - 1)
    ends = np.sign(random.uniform(-1, 1, 2))
    start = np.concatenate([[0.0], np.full(axes - 1, 0.9)])
    paths = [
        np.stack([start * 1.0, np.concatenate([[end * 0.9], stiff]), np.concatenate([[end], stiff])]) for end in ends
    ]
    high = top + 0.81 * (axes - 1)
    height = top if ends[0] != ends[1] else 0.0
    if axes == 1:  # the runs begin on the pass itself: it is the level high, and starts in both wells reach up to it
        height = top if ends[0] != ends[1] else 0.0
    return Case(
        "wells",
        "dihomotopy",
        f"{_number(top)} * (x^2 - 1)^2{others}",
        f"[-1.5, 1.5]^{axes}" if axes > 1 else "[-1.5, 1.5]",
        _round(paths[0]),
        _round(paths[1]),
        float(height),
        _asked(random, float(height), 0.0) if height else _asked(random, 0.0, 0.1),
        (float(high), 0.0),
        0.02,
    )


def balls(random: np.random.Generator) -> Case:
    """A round bump on a slope in three dimensions: one goes round it, so that the height is 0."""
    slope, bump, sharpness, across = _slope(random)
    planar = _arc(1, 1.0), _arc(-1, 1.0)
    left, right = (np.column_stack([path, np.zeros(len(path))]) for path in planar)
    high, low = 1.8 * slope, -1.8 * slope
    expression = f"{_number(bump)} * exp(-{_number(sharpness)} * (x^2 + y^2 + z^2)) + {_number(across)} * (y^2 + z^2)"
    return Case(
        "balls",
        "dihomotopy",
        f"{expression} - {_number(slope)} * x",
        "[-2, 2]^3",
        _round(left),
        _round(right),
        0.0,
        random.uniform(0.02, 0.3),
        (high - 0.01, low + 0.01),
        across,
    )


def slabs(random: np.random.Generator) -> Case:
    """A planar bump times a thin interval with z^2 added: its height is that of the bump, but for the rise of z^2."""
    planar = _bump(random, False, "slabs")
    left, right = ([[*point, 0.0] for point in path] for path in (planar.left, planar.right))
    return Case(
        "slabs",
        "dihomotopy",
        f"{planar.expression} + z^2",
        "[-2, 2]^2 * [-0.2, 0.2]",
        left,
        right,
        planar.height,
        planar.asked,
        planar.levels,
        0.04,
    )


def speeds(random: np.random.Generator) -> Case:
    """One curve down a slope at two speeds, one with an excursion that rises by a known height."""
    slope, rise = random.uniform(0.4, 0.6), random.uniform(0.05, 0.3)
    places = np.sort(random.uniform(-1.7, 1.7, 6))
    left = np.column_stack([np.concatenate([[-1.8], places, [1.8]]), np.zeros(8)])
    back = random.uniform(-0.5, 0.5)
    right = np.array([[-1.8, 0], [back, 0], [back - rise / slope, 0], [1.8, 0]])
    return Case(
        "speeds",
        "dihomotopy",
        f"y^2 - {_number(slope)} * x",
        "[-2.5, 2.5] * [-1, 1]",
        _round(left),
        _round(right),
        rise,
        _asked(random, rise, 0.2),
        (1.8 * slope, -1.8 * slope),
        1e-6,
    )


def ends(random: np.random.Generator) -> Case:
    """Ends in wells of an additive potential: connected at the highest pass of the coordinates in which they differ."""
    axes = int(random.integers(1, 4))
    tops = random.uniform(0.3, 1.0, axes)
    names = ("x", "y", "z")[:axes]
    signs = np.sign(random.uniform(-1, 1, (2, axes)))
    height = float(max((top for top, one, other in zip(tops, *signs, strict=True) if one != other), default=0.0))
    hill = [1.2] * axes
    return Case(
        "ends",
        "connected",
        " + ".join(f"{_number(top)} * ({name}^2 - 1)^2" for top, name in zip(tops, names, strict=True)),
        f"[-1.5, 1.5]^{axes}" if axes > 1 else "[-1.5, 1.5]",
        _round(np.array([hill, signs[0]])),
        _round(np.array([hill, signs[1]])),
        height,
        _asked(random, height, 0.3),
    )


HILLS = ((-1.0, 0.0), (1.0, 0.0))


def _around(hill: int, sign: int) -> Path:
    """A loop from the origin round one hill, anticlockwise or clockwise."""
    side = HILLS[hill][0] * 2
    loop = [[0, 0], [0, -1], [side, -1], [side, 1], [0, 1], [0, 0]]
    anticlockwise = loop if side > 0 else loop[::-1]
    return [list(map(float, point)) for point in (anticlockwise if sign > 0 else anticlockwise[::-1])]


def _reduced(word: list[int]) -> list[int]:
    kept: list[int] = []
    for letter in word:
        if kept and kept[-1] == -letter:
            kept.pop()
        else:
            kept.append(letter)
    return kept


def windings(random: np.random.Generator) -> Case:
    """A loop round two hills, a word of up to four letters or a commutator: it contracts where the word without the
    hills that the level covers is trivial."""
    tops = random.uniform(0.5, 1.2, 2)
    word = [int(letter) for letter in random.choice([-2, -1, 1, 2], random.integers(1, 5))]
    if random.random() < 0.4:
        word = [1, 2, -1, -2]
    path = [[0.0, 0.0]] + [point for letter in word for point in _around(abs(letter) - 1, letter)[1:]]
    levels = sorted((0.0, *tops))
    height = next(
        level for level in levels if not _reduced([letter for letter in word if tops[abs(letter) - 1] > level])
    )
    floor = 0.12  # the loop itself stays below this
    height = max(height, floor)
    asked = _asked(random, height, 0.3) if height > floor else floor + 0.05 + 0.3 * random.random()
    return Case(
        "windings",
        "homotopy",
        " + ".join(
            f"{_number(top)} * exp(-4 * ((x - ({place[0]}))^2 + y^2))" for top, place in zip(tops, HILLS, strict=True)
        ),
        "[-3, 3] * [-2, 2]",
        path,
        [[0.0, 0.0], [0.0, 0.0]],
        float(height),
        max(asked, floor),
        margin=0.02,
    )


KINDS: Mapping[str, Callable[[np.random.Generator], Case]] = {
    "wells": wells,
    "bumps": bumps,
    "pits": pits,
    "several bumps": several,
    "slabs": slabs,
    "balls": balls,
    "speeds": speeds,
    "ends": ends,
    "windings": windings,
}


def cases(kind: str, count: int, seed: int) -> Iterator[Case]:
    """So many cases of a kind, by seed."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    return (KINDS[kind](random) for _ in range(count))
