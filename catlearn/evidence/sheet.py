"""Sheets between two runs, straight or bent: their mesh, the loss on it, and the bound of their width (DESIGN 4).

A sheet is piecewise linear on a triangulated mesh. It is evaluated on the mesh obtained by halving every edge, which
describes the same sheet; the errors of linear interpolation seen there give the remainder between the points.
"""

from dataclasses import dataclass

import numpy as np

from catlearn.evidence.descent import SAFETY, Floats, columns_of_cells, height
from catlearn.evidence.documents import Height

FIRST_ROWS = 3
"""Rows of the first mesh tried, both runs included: enough to reject."""

LEAST_ROWS = 9
"""Rows of the coarsest mesh that is accepted. With three, bumps of a tenth to a fifth of the distance between two
runs slipped between the points in 42 of 298 generated cases, with nine in none."""

MOST_ROWS = 129
"""No sheet is refined beyond this many rows."""

MOST_COLUMNS = 400
"""No sheet is refined beyond this many columns of its coarse mesh."""


@dataclass(frozen=True)
class Mesh:
    """A mesh as weights (rows, columns, points) of the checkpoints of the left run, those of the right one and the
    displacements that bend it. Those of the checkpoints sum to 1."""

    weights: Floats
    levels: Floats


def along(times: Floats, checkpoints: int) -> Floats:
    """The weights (times, checkpoints) of the points of a polyline at some times."""
    before = np.minimum(np.floor(times).astype(int), max(checkpoints - 2, 0))
    share = times - before
    weights = np.zeros((len(times), checkpoints))
    rows = np.arange(len(times))
    weights[rows, before] = 1 - share
    weights[rows, np.minimum(before + 1, checkpoints - 1)] += share
    return weights


def hats(positions: Floats, knots: tuple[float, ...]) -> Floats:
    """The share (positions, knots) of each knot in the linear interpolation between knots, constant beyond them."""
    shares = [np.interp(positions, knots, unit) for unit in np.eye(len(knots))]
    return np.stack(shares, axis=1) if shares else np.zeros((len(positions), 0))


def mesh_of(columns: Floats, rows: int, left: int, right: int, knots: tuple[float, ...] = ()) -> Mesh:
    """The mesh of a sheet with some columns (p, q, level), between runs of that many checkpoints, bent at knots."""
    height_of_row = np.linspace(0.0, 1.0, rows)[:, None, None]
    first = (1 - height_of_row) * along(columns[:, 0], left)
    second = height_of_row * along(columns[:, 1], right)
    bent = 2 * height_of_row * (1 - height_of_row) * hats(columns[:, 0] + columns[:, 1], knots)
    return Mesh(np.concatenate([first, second, bent], axis=2), columns[:, 2])


def halved(mesh: Mesh) -> Mesh:
    """The same sheet on the mesh with every edge of every triangle halved."""
    coarse = mesh.weights
    rows, columns, checkpoints = coarse.shape
    fine = np.empty((2 * rows - 1, 2 * columns - 1, checkpoints))
    fine[::2, ::2] = coarse
    fine[1::2, ::2] = (coarse[:-1] + coarse[1:]) / 2
    fine[::2, 1::2] = (coarse[:, :-1] + coarse[:, 1:]) / 2
    fine[1::2, 1::2] = (coarse[:-1, :-1] + coarse[1:, 1:]) / 2
    levels = np.interp(np.arange(2 * columns - 1) / 2, np.arange(columns), mesh.levels)
    return Mesh(fine, levels)


def cell_errors(values: Floats) -> tuple[Floats, Floats]:
    """The errors of linear interpolation on the coarse mesh, from values (2 rows - 1, 2 columns - 1) on the halved
    one: along columns and diagonals by cell (columns - 1,), and across rows by coarse column (columns,)."""
    along = np.abs(values[::2, 1::2] - (values[::2, :-1:2] + values[::2, 2::2]) / 2).max(0)
    diagonal = np.abs(values[1::2, 1::2] - (values[:-1:2, :-1:2] + values[2::2, 2::2]) / 2).max(0)
    across = np.abs(values[1::2, ::2] - (values[:-1:2, ::2] + values[2::2, ::2]) / 2).max(0)
    return np.maximum(along, diagonal), across


def sheet_height(values: Floats, high: float, low: float) -> Height:
    """The width of the sheet with some losses on its halved mesh, its remainder estimated from their errors."""
    return height(values, remainders(values), high, low)


def remainders(values: Floats) -> Floats:
    """The remainder at each column (2 columns - 1,) of a halved mesh, estimated from the errors of the cells beside it:
    how far a loss between the mesh's points may lie above theirs."""
    cells, across = cell_errors(values)
    if not cells.size:
        return SAFETY * across
    errors = np.maximum(cells, np.maximum(across[:-1], across[1:]))
    return columns_of_cells(np.repeat(SAFETY * errors, 2))


def refined(columns: Floats, rows: int, values: Floats, tolerance: float) -> tuple[Floats, int]:
    """Columns and rows of a finer sheet: cells whose error exceeds `tolerance` are halved, and rows doubled where
    the error lies across them."""
    cells, across = cell_errors(values)
    rows = min(2 * rows - 1, MOST_ROWS) if across.max() > tolerance else rows
    split = np.flatnonzero(cells > tolerance)
    if len(columns) + len(split) > MOST_COLUMNS:
        return columns, rows
    middles = (columns[split] + columns[split + 1]) / 2
    return np.insert(columns, split + 1, middles, axis=0), rows
