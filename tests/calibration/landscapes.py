"""Landscapes with two runs on each whose answer is known, drawn at random, kind by kind."""

from dataclasses import replace

import numpy as np

from tests.calibration.case import NAMES, Case, Path, asked_near, rounded, written


def _arc(side: float, reach: float, wide: float = 0.6) -> np.ndarray:
    """A way from west to east past the origin, on the side of the given sign."""
    ways = [[-1.8, 0], [-wide, 0.9 * reach], [0, reach], [wide, 0.9 * reach], [1.8, 0]]
    return np.array(ways, dtype=float) * [1, side]


def _slope(random: np.random.Generator) -> tuple[float, float, float, float]:
    """The slope, the height and the sharpness of a bump, and the curvature across the slope."""
    return random.uniform(0.4, 0.6), random.uniform(0.5, 1.1), random.uniform(3, 5), random.uniform(0.1, 0.2)


def _profile(slope: float, bump: float, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """The losses along the axis of symmetry of a slope with one bump or pit at the origin."""
    places = np.linspace(-1.8, 1.8, 36001)
    return places, -slope * places + bump * np.exp(-sharpness * places**2)


def _of_bump(losses: np.ndarray, places: np.ndarray, high: float, low: float, pit: bool) -> tuple[float, float]:
    """max(0, min(P - S, high - S, S - low)) for a bump, with S - Q in place of P - S for a pit (DESIGN 4), and where on
    the axis the peak or the bottom is, 0 where there is none."""
    middle = np.abs(places) < 1.3
    inner, steps = losses[middle], np.sign(np.diff(losses[middle]))
    turns = np.flatnonzero(np.diff(steps)) + 1
    if len(turns) < 2:
        return 0.0, 0.0
    first, second = inner[turns[0]], inner[turns[1]]  # a minimum, then a maximum, as one goes down the slope
    pass_level = second if pit else first
    place = float(places[middle][turns[0] if pit else turns[1]])
    return max(0.0, min(second - first, high - pass_level, pass_level - low)), place


def _bump(random: np.random.Generator, pit: bool, kind: str) -> tuple[Case, float]:
    """A case, and where on the axis its peak or bottom is."""
    slope, bump, sharpness, across = _slope(random)
    bump = -bump if pit else bump
    places, losses = _profile(slope, bump, sharpness)
    high, low = float(losses[0]), float(losses[-1])
    opposite = random.random() < 0.7
    left = _arc(1, random.uniform(0.9, 1.1))
    right = _arc(-1 if opposite else 1, random.uniform(0.9, 1.1))
    height, place = _of_bump(losses, places, high, low, pit)
    height = height if opposite else 0.0
    expression = (
        f"{written(bump)} * exp(-{written(sharpness)} * (x^2 + y^2)) + {written(across)} * y^2 - {written(slope)} * x"
    )
    case = Case(
        kind,
        "dihomotopy",
        expression,
        "[-2, 2]^2",
        rounded(left),
        rounded(right),
        height,
        asked_near(random, height, 0.2),
        (high - 1e-6, low + 1e-6),
    )
    return case, place


def bumps(random: np.random.Generator) -> Case:
    """A bump on a slope in the plane, runs on either side of it or on one."""
    return _bump(random, False, "bumps")[0]


def pits(random: np.random.Generator) -> Case:
    """A pit on a slope in the plane, runs on either side of it or on one."""
    return _bump(random, True, "pits")[0]


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
        f"{written(size)} * exp(-8 * ((x - ({centre}))^2 + y^2))" for size, centre in zip(sizes, centres, strict=True)
    )
    return Case(
        "several bumps",
        "dihomotopy",
        f"{expression} + {across} * y^2 - {written(slope)} * x",
        "[-3, 3] * [-1.5, 1.5]",
        rounded(left),
        rounded(right),
        float(max(heights)),
        asked_near(random, float(max(heights)), 0.2),
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
        np.stack([start * 1.0, np.concatenate([[end * first], stiff]), np.concatenate([[end], stiff])])
        for end, first in zip(ends, (0.9, 0.8), strict=True)
    ]
    high = top + 0.81 * (axes - 1)
    height = top if ends[0] != ends[1] else 0.0  # in one dimension too, where the runs begin on the pass itself
    return Case(
        "wells",
        "dihomotopy",
        f"{written(top)} * (x^2 - 1)^2{others}",
        f"[-1.5, 1.5]^{axes}" if axes > 1 else "[-1.5, 1.5]",
        rounded(paths[0]),
        rounded(paths[1]),
        float(height),
        asked_near(random, float(height), 0.0) if height else asked_near(random, 0.0, 0.1),
        (float(high), 0.0),
        0.02,
    )


def balls(random: np.random.Generator) -> Case:
    """A round bump on a slope in three to ten dimensions: one goes round it, so that the height is 0."""
    slope, bump, sharpness, across = _slope(random)
    axes = int(random.integers(3, 11))
    left, right = (_embedded(rounded(_arc(side, 1.0)), axes) for side in (1, -1))
    high, low = 1.8 * slope, -1.8 * slope
    squares = [f"{name}^2" for name in NAMES[1:axes]]
    hill = f"{written(bump)} * exp(-{written(sharpness)} * (x^2 + {' + '.join(squares)}))"
    return Case(
        "balls",
        "dihomotopy",
        f"{hill} + {written(across)} * ({' + '.join(squares)}) - {written(slope)} * x",
        f"[-2, 2]^{axes}",
        left,
        right,
        0.0,
        random.uniform(0.02, 0.3),
        (high - 0.01, low + 0.01),
        across,
    )


def _embedded(path: Path, axes: int) -> Path:
    """A path with zeros for the coordinates that it lacks."""
    return [[*point, *[0.0] * (axes - len(point))] for point in path]


def lifted(random: np.random.Generator) -> Case:
    """A planar bump times a thin box in four to ten dimensions, with the squares of what is added: these change no
    loss by more than their largest sum, and heights by no more either, since half of it may be taken off the loss."""
    planar, axes, thin = _bump(random, False, "lifted")[0], int(random.integers(4, 11)), 0.1
    return Case(
        "lifted",
        "dihomotopy",
        planar.expression + "".join(f" + {name}^2" for name in NAMES[2:axes]),
        f"[-2, 2]^2 * [-{thin}, {thin}]^{axes - 2}",
        _embedded(planar.left, axes),
        _embedded(planar.right, axes),
        max(0.0, planar.height - (axes - 2) * thin**2),
        planar.asked,
        planar.levels,
        above=planar.height,
    )


def declared_lifted(random: np.random.Generator) -> Case:
    """The same with pits too, in three to ten dimensions, with a declared pair of zeros on the peak or bottom."""
    planar, place = _bump(random, bool(random.random() < 0.5), "lifted, declared")
    more, thin = int(random.integers(1, 9)), 0.1
    axes = 2 + more
    return replace(
        planar,
        expression=planar.expression + "".join(f" + {name}^2" for name in NAMES[2:axes]),
        box=f"[-2, 2]^2 * [-{thin}, {thin}]" + (f"^{more}" if more > 1 else ""),
        left=_embedded(planar.left, axes),
        right=_embedded(planar.right, axes),
        height=max(0.0, planar.height - more * thin**2),
        above=planar.height,
        obstruct=f"[x - ({place:.6f}), y]",
    )


def slabs(random: np.random.Generator) -> Case:
    """A planar bump times a thin interval with z^2 added: its height is that of the bump, but for the rise of z^2."""
    planar = _bump(random, False, "slabs")[0]
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
    """One curve down a slope in two to ten dimensions at two speeds, one with an excursion that rises by a known
    height."""
    slope, rise, axes = random.uniform(0.4, 0.6), random.uniform(0.05, 0.3), int(random.integers(2, 11))
    places = np.concatenate([[-1.8], np.sort(random.uniform(-1.7, 1.7, 6)), [1.8]])
    back = random.uniform(-0.5, 0.5)
    return Case(
        "speeds",
        "dihomotopy",
        "".join(f"{name}^2 + " for name in NAMES[1:axes]) + f"0 - {written(slope)} * x",
        f"[-2.5, 2.5] * [-1, 1]^{axes - 1}" if axes > 2 else "[-2.5, 2.5] * [-1, 1]",
        _embedded(rounded(places[:, None]), axes),
        _embedded(rounded(np.array([[-1.8], [back], [back - rise / slope], [1.8]])), axes),
        rise,
        asked_near(random, rise, 0.2),
        (1.8 * slope, -1.8 * slope),
        1e-6,
    )


def products(random: np.random.Generator) -> Case:
    """h (1 - ab/s^2)^2 from (s, -s) to (s, s), against a run to (-s, -s): what joins their ends passes ab = 0, where
    the loss is h. Against its image under (a, b) -> (-a, -b) what joins the starts does too, from 4 h down to h. Or
    against a run beside it."""
    top, scale = random.uniform(0.2, 1.0), random.uniform(0.8, 1.5)
    other = random.choice(["beside", "opposite", "mirrored"], p=[0.3, 0.35, 0.35])
    left = [[scale, -scale], [scale, scale]]
    right = {
        "beside": [[scale, -scale], [scale * 1.02, -scale * 0.5], [scale, scale]],
        "opposite": [[scale, -scale], [-scale, -scale]],
        "mirrored": [[-scale, scale], [scale, scale]],
    }[str(other)]
    height = {"beside": 0.0, "opposite": top, "mirrored": 3 * top}[str(other)]
    return Case(
        "products",
        "dihomotopy",
        f"{written(top)} * (1 - x * y / {written(scale**2)})^2",
        f"[-{written(2 * scale)}, {written(2 * scale)}]^2",
        rounded(np.array(left)),
        rounded(np.array(right)),
        height,
        asked_near(random, height, 0.3),
        (4 * top - 1e-6, 1e-6),
    )


def walls(random: np.random.Generator) -> Case:
    """The same with the squares of one to eight more variables, and a declared function that keeps ends or starts
    apart: on a = -b the loss is at least h, and on a = b, in a small box, at most h, but for the squares."""
    top, scale, more = random.uniform(0.2, 1.0), random.uniform(0.8, 1.5), int(random.integers(1, 9))
    opposite, thin = bool(random.random() < 0.6), 0.1
    names = NAMES[2 : 2 + more]
    left = [[scale, -scale], [scale, scale]]
    right = [[scale, -scale], [-scale, -scale]] if opposite else [[-scale, scale], [scale, scale]]
    height = top if opposite else 3 * top - more * thin**2
    wide = 2.0 if opposite else 1.4
    return Case(
        "walls",
        "dihomotopy",
        f"{written(top)} * (1 - x * y / {written(scale**2)})^2" + "".join(f" + {name}^2" for name in names),
        f"[-{written(wide * scale)}, {written(wide * scale)}]^2 * [-{thin}, {thin}]^{more}",
        _embedded(rounded(np.array(left)), 2 + more),
        _embedded(rounded(np.array(right)), 2 + more),
        max(0.0, height),
        asked_near(random, max(0.0, height), 0.3),
        (4 * top - 1e-6, 1e-6),
        above=top if opposite else 3 * top,
        obstruct="x + y" if opposite else "x - y",
    )


def _ends_at(random: np.random.Generator, kind: str, potential: str, height_of_sum: str) -> Case:
    """Ends at minima of a sum of one potential an axis, of which `height_of_sum` is a growing function."""
    axes = int(random.integers(1, 4)) if random.random() < 0.7 else int(random.integers(4, 11))
    tops = random.uniform(0.3, 1.0, axes)
    minima = random.choice([-1.0, 1.0], (2, axes)) if "1)^2" in potential else random.choice([0.0, 1.0], (2, axes))
    differing = [top for top, one, other in zip(tops, *minima, strict=True) if one != other]
    total = " + ".join(f"{written(top)} * {potential.format(name)}" for top, name in zip(tops, NAMES, strict=False))
    height = float(max(differing, default=0.0))
    height = 1 - float(np.exp(-height)) if "exp" in height_of_sum else height
    hill = [1.2] * axes
    return Case(
        kind,
        "connected",
        height_of_sum.format(total),
        f"[-1.5, 1.5]^{axes}" if axes > 1 else "[-1.5, 1.5]",
        rounded(np.array([hill, minima[0]])),
        rounded(np.array([hill, minima[1]])),
        height,
        asked_near(random, height, 0.3),
    )


def ends(random: np.random.Generator) -> Case:
    """Ends in wells of an additive potential in one to ten dimensions: connected at the highest pass of the coordinates
    in which they differ, which are changed one after the other."""
    return _ends_at(random, "ends", "({}^2 - 1)^2", "{}")


def product_ends(random: np.random.Generator) -> Case:
    """The same with a product of potentials, 1 - prod exp(-f)."""
    return _ends_at(random, "product ends", "({}^2 - 1)^2", "1 - exp(0 - ({}))")


def periodic_ends(random: np.random.Generator) -> Case:
    """An additive potential of a torus, on a box of its cover: ends at lattice points."""
    return _ends_at(random, "periodic ends", "(1 - cos(6.283185307179586 * {})) / 2", "{}")


CIRCLE, AXIS = "[x^2 + y^2 - 1, z]", "[x, y]"
"""Pairs whose common zeros are the circle in the middle of a torus or a ring, and its axis."""


def tori(random: np.random.Generator) -> Case:
    """A loop along and about a torus in space."""
    return _torus(random)[0]


def _torus(random: np.random.Generator) -> tuple[Case, str]:
    """A loop with some turns along and about a torus of radii 1 and r, on which the loss is 0: turns about it contract
    above that of the circle inside, r^4, and those along it above that of the centre, (1 - r^2)^2. With the pair whose
    zeros are the circle or the axis, by which of the two is higher."""
    radius, top = random.uniform(0.55, 0.7), random.uniform(1.0, 2.0)
    along, about = (int(turns) for turns in random.choice([0, 1, 2], 2))
    share = np.linspace(0, 1, 24 * max(1, along + about) + 1)
    length, round_it = 2 * np.pi * along * share, 2 * np.pi * about * share
    wide = 1 + radius * np.cos(round_it)
    loop = np.column_stack([wide * np.cos(length), wide * np.sin(length), radius * np.sin(round_it)])
    middles = (loop[:-1] + loop[1:]) / 2
    floor = float(top * np.max(((np.hypot(*middles.T[:2]) - 1) ** 2 + middles[:, 2] ** 2 - radius**2) ** 2))
    passed = [(about, radius**4), (along, (1 - radius**2) ** 2)]
    height = max([floor, *(top * level for turns, level in passed if turns)])
    pair = CIRCLE if about and (not along or passed[0][1] > passed[1][1]) else AXIS
    case = Case(
        "tori",
        "homotopy",
        f"{written(top)} * ((sqrt(x^2 + y^2) - 1)^2 + z^2 - {written(radius**2)})^2",
        "[-1.9, 1.9]^2 * [-0.9, 0.9]",
        rounded(loop),
        rounded(loop[[0, 0]]),
        height,
        max(asked_near(random, height, 0.4), floor + 0.01),
        margin=0.005,
    )
    return case, pair


def rings(random: np.random.Generator) -> Case:
    """A loop that goes some times through a ring of hills in space and round it: it contracts above the ring."""
    top, linked = random.uniform(0.5, 1.2), int(random.choice([0, 1, 2]))
    turn = 2 * np.pi * np.linspace(0, 1, 16 * max(1, linked) + 1) * max(1, linked)
    if linked:
        loop = np.column_stack([1 + 0.8 * np.cos(turn), 0 * turn, 0.8 * np.sin(turn)])
    else:
        loop = np.column_stack([0.2 * np.cos(turn), 0.2 * np.sin(turn), 0 * turn])
    floor = 0.05  # the loop itself stays below this
    height = top if linked else floor
    return Case(
        "rings",
        "homotopy",
        f"{written(top)} * exp(-8 * ((sqrt(x^2 + y^2) - 1)^2 + z^2))",
        "[-2, 2]^2 * [-1, 1]",
        rounded(loop),
        rounded(loop[[0, 0]]),
        height,
        max(asked_near(random, height, 0.3), floor + 0.01),
    )


def declared_loops(random: np.random.Generator) -> Case:
    """A loop through a ring, or along and about a torus, with the declared pair whose zeros decide: the circle in the
    middle of what is wound about, or the axis. In three to six dimensions, with the squares of those that are added:
    these shrink to 0 below any level."""
    solid, pair = (rings(random), CIRCLE) if random.random() < 0.5 else _torus(random)
    more = int(random.integers(0, 4))
    return replace(
        solid,
        kind="loops, declared",
        expression=solid.expression + "".join(f" + {name}^2" for name in NAMES[3 : 3 + more]),
        box=solid.box + (f" * [-1, 1]^{more}" if more > 1 else " * [-1, 1]" * more),
        left=_embedded(solid.left, 3 + more),
        right=_embedded(solid.right, 3 + more),
        obstruct=pair,
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
    """A loop round two hills, a word of up to four letters."""
    return _spelling(random, "windings", [int(one) for one in random.choice([-2, -1, 1, 2], random.integers(1, 5))])


def commutators(random: np.random.Generator) -> Case:
    """A loop that is a commutator of two powers: homology sees nothing of it."""
    first, second = random.choice([1, -1, 2, -2], 2, replace=False)
    first, second = (int(first), int(second)) if abs(first) != abs(second) else (1, 2)
    powers = [first] * int(random.integers(1, 3)), [second] * int(random.integers(1, 3))
    return _spelling(
        random, "commutators", [*powers[0], *powers[1], *(-one for one in powers[0]), *(-one for one in powers[1])]
    )


def _spelling(random: np.random.Generator, kind: str, word: list[int]) -> Case:
    """A loop round two hills that spells a word: it contracts where the word without the hills that the level covers is
    trivial."""
    tops = random.uniform(0.5, 1.2, 2)
    path = [[0.0, 0.0]] + [point for letter in word for point in _around(abs(letter) - 1, letter)[1:]]
    levels = sorted((0.0, *tops))
    height = next(
        level for level in levels if not _reduced([letter for letter in word if tops[abs(letter) - 1] > level])
    )
    floor = 0.12  # the loop itself stays below this
    height = max(height, floor)
    asked = asked_near(random, height, 0.3) if height > floor else floor + 0.05 + 0.3 * random.random()
    return Case(
        kind,
        "homotopy",
        " + ".join(
            f"{written(top)} * exp(-4 * ((x - ({place[0]}))^2 + y^2))" for top, place in zip(tops, HILLS, strict=True)
        ),
        "[-3, 3] * [-2, 2]",
        path,
        [[0.0, 0.0], [0.0, 0.0]],
        float(height),
        max(asked, floor),
        margin=0.02,
    )
