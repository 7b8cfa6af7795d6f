"""Whiskering `r * c` of a cell by relation with a run on its left: where it is sound (DESIGN 3).

The sheet of a cell between two runs can follow a run when its first edge does not move. So both runs of the cell start
where `r` ends, and their losses are the loss along `r`. On the right it is sound nowhere: a sheet is cut where its
descents pass the low level, and no run goes on from there.
"""

from collections.abc import Iterator

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.theory.cells import incomparable
from catlearn.theory.rules import composition, interchange, seed_mismatch
from catlearn.theory.theory import RelationCell, Run, Theory


def unsound(theory: Theory, run: Run, use: Span, cell: RelationCell, cell_use: Span) -> Iterator[Diagnostic]:
    """What keeps a run from being followed by a cell; nothing where the composite is sound."""
    relation = theory.relations[cell.relation]
    if relation.kind != "dihomotopy":
        found = f"a run before `{cell.name}`, a cell by `{relation.name}`, which is of the kind `{relation.kind}`"
        hint = "only descents are known to be continued by a run"
        yield interchange.whiskered(found, "a cell by a `dihomotopy`", cell_use, hint)
        return
    sides = [theory.runs[name] for name in (cell.source, cell.target) if name in theory.runs]
    for side in sides:
        if (side.space, side.source_point) != (run.space, run.target_point):
            ends = (_point(run.space, run.target_point), _point(side.space, side.source_point))
            yield composition.apart(_bare(run.name), ends[0], use, _bare(side.name), ends[1], cell_use)
            return
    for side in sides[:1]:
        yield from incomparable(theory, run, use, side, cell_use)
        if run.seeds != side.seeds:
            yield seed_mismatch.unequal(_bare(run.name), run.seeds, use, _bare(side.name), side.seeds, cell_use)


def _point(space: str, label: str) -> str:
    return f"{_bare(space)}@{label}"


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
