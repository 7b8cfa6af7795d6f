"""Whiskering `r * c` and `c * r` of a cell by relation with a run: where it is sound (DESIGN 3).

The sheet of a cell between two runs can follow a run when its first edge does not move: both runs of the cell start
where `r` ends. A run can follow the sheet when its last edge does not move: both runs of the cell end where `r` starts,
at one point, and are followed to that end, so that the sheet is not cut where they pass the low level before. Whether
the edge of a witness stays is seen when it is found. The losses of the cell are the loss along `r`.
"""

from collections.abc import Iterator

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.theory.cells import incomparable
from catlearn.theory.names import bare
from catlearn.theory.points import point_text
from catlearn.theory.rules import composition, interchange, seed_mismatch
from catlearn.theory.theory import RelationCell, Run, Theory


def unsound(theory: Theory, run: Run, use: Span, cell: RelationCell, cell_use: Span, side: str) -> Iterator[Diagnostic]:
    """What keeps a run from standing `before` or `after` a cell; nothing where the composite may be sound."""
    relation = theory.relations[cell.relation]
    if relation.kind != "dihomotopy":
        found = f"a run {side} `{cell.name}`, a cell by `{relation.name}`, which is of the kind `{relation.kind}`"
        hint = "only descents are known to be continued by a run"
        yield interchange.whiskered(found, "a cell by a `dihomotopy`", cell_use, hint)
        return
    runs = [theory.runs[name] for name in (cell.source, cell.target) if name in theory.runs]
    for other in runs:
        first, second = (run, other) if side == "before" else (other, run)
        if (first.space, first.target_point) != (second.space, second.source_point):
            ends = (point_text((first.space, first.target_point)), point_text((second.space, second.source_point)))
            uses = (use, cell_use) if side == "before" else (cell_use, use)
            yield composition.apart(bare(first.name), ends[0], uses[0], bare(second.name), ends[1], uses[1])
            return
    for other in runs[:1]:
        yield from incomparable(theory, run, use, other, cell_use)
        if run.seeds != other.seeds:
            yield seed_mismatch.unequal(bare(run.name), run.seeds, use, bare(other.name), other.seeds, cell_use)
