"""Points over a pullback: whether they come from one point of it, as the universal property says of those that agree.

`factors([A@a, q(P@both)], through = P)` names a point of each space over which `P` is, in order: the end of a run
there, or what a structural map makes of the end of a run elsewhere.
"""

from catlearn.diagnostics import listed
from catlearn.syntax import tree
from catlearn.theory.architecture import INIT
from catlearn.theory.arguments import Setting, call_of
from catlearn.theory.fields import of_call
from catlearn.theory.measures import CONSTANCY
from catlearn.theory.names import ARROWS, bare
from catlearn.theory.points import find_producer
from catlearn.theory.pullbacks import sides_of
from catlearn.theory.rules import composition, field_type
from catlearn.theory.spaces import Nature, find_space
from catlearn.theory.theory import CarriedRun, ConeProposition, Side
from catlearn.theory.values import identifier, shown


def cone(setting: Setting, call: tree.Call) -> ConeProposition | None:
    """A claim about points over a pullback; None, reported, where it is none."""
    given = of_call(setting.scope, call, CONSTANCY["factors"])
    name = given.take("through", identifier, "the name of a pullback")
    entry = find_space(setting.scope, name, None, Nature.PARAMETERS) if name else None
    if entry is None or name is None or entry.name not in setting.theory.spaces or not given.complete:
        return None
    sides = _over(setting, entry.name)
    if not sides:
        setting.scope.report(field_type.found(f"`{name.name}`, no pullback", "the name of a pullback", name.span))
        return None
    written = given.values["points"]
    items = written.items if isinstance(written, tree.Sequence) else (written,)
    if len(items) != len(sides):
        names = listed(bare(side.space) for side in sides)
        found = f"{len(items)} point{'s' * (len(items) > 1)}"
        setting.scope.report(field_type.found(found, f"{len(sides)}, of each of {names}", written.span))
        return None
    points = [_point(setting, item, side) for item, side in zip(items, sides, strict=True)]
    whole = tuple(point for point in points if point is not None)
    return ConeProposition(entry.name, whole) if len(whole) == len(points) else None


def _over(setting: Setting, space: str) -> tuple[Side, ...]:
    """The spaces over which a pullback is: of a fibre that of which it is one."""
    fibre = setting.theory.fibre(space)
    sides = sides_of(setting.theory, space)
    if fibre is None or sides:
        return sides
    blocks = tuple((block.path, block.path) for block in setting.theory.spaces[space].blocks)
    return (Side(setting.theory.structural_maps[fibre.map].source, blocks),)


def _point(setting: Setting, written: tree.Expression, side: Side) -> CarriedRun | None:
    """The run at whose end a point is, with the blocks there of those of the pullback; None, reported, where it is
    none of the space of a side."""
    scope, theory = setting.scope, setting.theory
    call = call_of(written)
    at = call.arguments[0].value if call and len(call.arguments) == 1 else written
    if not isinstance(at, tree.Checkpoint) or at.point.name == INIT:
        wanted = "the end of a run, such as `A@gd`, or what a map makes of one, `f(A@gd)`"
        scope.report(field_type.found(shown(written.span), wanted, written.span))
        return None
    run = find_producer(scope, setting.ends, theory.laws, at, None)
    entry = scope.find(call.function, ARROWS) if call else None
    arrow = theory.structural_maps.get(entry.name) if entry else None
    if run is None or run not in theory.runs or (call and arrow is None):
        return None
    space = theory.runs[run].space
    ends = (arrow.source, arrow.target) if arrow else (space, space)
    if ends != (space, side.space):
        found, wanted = f"a point of `{bare(ends[1])}`", f"one of `{bare(side.space)}`"
        if ends[0] != space:
            found, wanted = f"at a point of `{bare(space)}`", f"a point of `{bare(ends[0])}`, where it starts"
        scope.report(composition.ends(shown(written.span), found, wanted, written.span))
        return None
    wires = dict(arrow.wires) if arrow else {}
    return CarriedRun(run, tuple((onto, wires.get(block, block)) for block, onto in side.reads))
