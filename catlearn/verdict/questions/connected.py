"""Are the ends of two runs joined below a level, seed by seed, and for which share of seeds?"""

from collections.abc import Sequence
from functools import partial

from catlearn.evidence import connection
from catlearn.evidence.documents import ConnectionFinding, ConnectionFindings, EndBar, EndsEvidence, Evidence
from catlearn.evidence.losses import evaluation_key
from catlearn.evidence.minima import end_bars
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import domain_of
from catlearn.evidence.planes import of_connection
from catlearn.plan.ir import VERSIONS, ConnectedQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of, same_run, share_of_seeds, worst_first
from catlearn.verdict.pairs import first_of, pairs_of
from catlearn.verdict.procedure import Procedure, Progress, Rejected
from catlearn.verdict.verdict import Verdict


def find(model: Model, question: ConnectedQuestion, progress: Progress) -> ConnectionFindings:
    """The finding of every seed that both runs completed."""
    model = model.evaluated_on(question.on)
    pairs, missing = pairs_of(model, question.left, question.right)
    key = {"connected": question.ceiling, "on": evaluation_key(model), "effort": question.effort}
    key["obstruction"] = None if question.obstruction is None else question.obstruction.model_dump()
    found: list[ConnectionFinding] = []
    for left, right in pairs:
        compute = partial(
            connection.connection, model, left, right, question.ceiling, question.effort, question.obstruction
        )
        pair = {"runs": [left.model_dump(), right.model_dump()], "version": VERSIONS["connect"]}
        found.append(model.remembered({**key, **pair}, ConnectionFinding, compute))
        progress(f"paths of {question.cell}", len(found), len(pairs))
    return ConnectionFindings(missing=missing, pairs=tuple(found), bars=end_bars(model, found))


def remeasure(model: Model, question: ConnectedQuestion, finding: ConnectionFindings) -> ConnectionFindings:
    """The same pairs from the stored points, along the paths given."""
    model = model.evaluated_on(question.on)
    pairs, missing = pairs_of(model, question.left, question.right)
    if [(pair.left, pair.right) for pair in finding.pairs] != pairs:
        raise Rejected("its pairs are not the completed seeds of the two runs")
    anew = tuple(connection.remeasured(model, pair, question.ceiling, question.obstruction) for pair in finding.pairs)
    return ConnectionFindings(missing=missing, pairs=anew, bars=end_bars(model, anew))


def outcome(pair: ConnectionFinding, level: float) -> Verdict:
    """Refuted where an end lies above the level, or the grid does not join the ends below it, or a declared obstruction
    keeps them apart; supported by a path, vacuous where the untrained starts are joined as well."""
    if max(pair.losses) > level or (pair.merge is not None and pair.merge > level) or pair.barred:
        return Verdict.REFUTED
    if pair.height.bound > level:
        return Verdict.UNDECIDED
    return Verdict.VACUOUS if pair.starts_joined else Verdict.SUPPORTED


def judge(question: ConnectedQuestion, finding: ConnectionFindings) -> Judgement:
    """The share of seeds whose ends are joined."""
    outcomes = [outcome(pair, question.ceiling) for pair in finding.pairs]
    one_run = question.left == question.right
    inference = share_of_seeds(question, outcomes, len(finding.missing), one_run)
    return judgement_of(
        inference,
        method=f"ends connected at loss {wording.number(question.ceiling)} or lower, by paths, their bounds "
        f"{_kind(finding)}; {inference.method}",
        evidence=[*same_run(one_run, inference), *_lines(finding, outcomes, question), *_barcode(finding.bars)],
    )


def _kind(finding: ConnectionFindings) -> str:
    return "certified" if finding.pairs and all(pair.merge is not None for pair in finding.pairs) else "estimated"


def _lines(finding: ConnectionFindings, outcomes: Sequence[Verdict], question: ConnectedQuestion) -> list[str]:
    rows = [_line(pair, verdict, question) for pair, verdict in zip(finding.pairs, outcomes, strict=True)]
    order = (Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNDECIDED, Verdict.SUPPORTED)
    return worst_first(rows, outcomes, order, finding.missing)


def _line(pair: ConnectionFinding, verdict: Verdict, question: ConnectedQuestion) -> str:
    ceiling = wording.number(question.ceiling)
    path = _path(pair)
    least = "" if pair.merge is None else f", which no path brings below {wording.number(pair.merge)}"
    match verdict:
        case Verdict.REFUTED if max(pair.losses) > question.ceiling:
            words = f"an end lies at {wording.number(max(pair.losses))}, above {ceiling}"
        case Verdict.REFUTED if pair.barred:
            words = (
                "the declared obstruction has different signs at the ends, and inside the box a loss above "
                f"{ceiling} wherever it is 0"
            )
        case Verdict.REFUTED:
            where = "inside the box" if pair.in_box else "anywhere, as the component does not touch the box's boundary,"
            words = f"no path {where} joins the ends below {wording.number(pair.merge or 0.0)}"
        case Verdict.VACUOUS:
            words = f"{path} joins the ends, and one below {ceiling} joins the points at which training began as well"
        case Verdict.SUPPORTED:
            words = f"{path} joins the ends, with losses of at most {wording.number(pair.height.bound)}"
        case _:
            words = (
                f"{path} rises to {wording.number(pair.height.raw)}, bound {wording.number(pair.height.bound)}{least}"
                f"{_tried(pair, question)}"
            )
    return f"seed {pair.left.seed}: {words}"


def _path(pair: ConnectionFinding) -> str:
    match pair.curve:
        case "bezier":
            return "a quadratic Bézier curve"
        case "chain" if pair.bend is not None:
            return f"a chain of {wording.counted(len(pair.bend.knots) + 1, 'segment')}"
    return f"a path of {wording.counted(len(pair.nodes) + 1, 'segment')}"


def _tried(pair: ConnectionFinding, question: ConnectedQuestion) -> str:
    """What was tried where no grid told, as it is said where nothing was decided."""
    if pair.merge is not None:
        return ""
    bent = f", and curves bent for {question.effort} steps" if question.effort else ", and, with this effort, no other"
    return f"; tried were the segment{bent}"


BARS = 3
"""How many bars a judgement shows, the longest ones."""


def _barcode(bars: Sequence[EndBar]) -> list[str]:
    """The longest bars of the ends but that of the lowest, which never dies."""
    if len(bars) < 2:
        return []
    lowest, *others = bars
    longest = sorted(others, key=lambda bar: bar.birth - (bar.least or 0.0))
    shown = "; ".join(map(_bar, longest[:BARS]))
    rest = f"; and {len(longest) - BARS} that are no longer" if len(longest) > BARS else ""
    return [
        f"loss barcode of {len(bars)} ends: the lowest, {wording.member(lowest.member)}, at "
        f"{wording.number(lowest.birth)}; {shown}{rest}"
    ]


def _bar(bar: EndBar) -> str:
    words = f"{wording.member(bar.member)} born at {wording.number(bar.birth)}"
    least = wording.number(bar.least or 0.0)
    if bar.most is None:
        return f"{words}, not seen to join a lower end"
    joins = f"between {least} and" if bar.least is not None and bar.least > bar.birth else "at most at"
    return f"{words}, joins a lower end {joins} {wording.number(bar.most)}"


def draw(model: Model, question: ConnectedQuestion, finding: ConnectionFindings) -> tuple[Evidence, ...]:
    """The plane that the runs lie in, where they do, with the pair that is refuted or else the first; the loss barcode
    of the ends."""
    outcomes = [outcome(pair, question.ceiling) for pair in finding.pairs]
    shown = first_of(Verdict.REFUTED, finding.pairs, outcomes)
    plane = shown and of_connection(model, shown[0], question, shown[1] is Verdict.SUPPORTED)
    certified = domain_of(model, question.left) is not None
    barcode = EndsEvidence(relation=question.relation, level=question.ceiling, certified=certified, bars=finding.bars)
    return (*((plane,) if plane else ()), *((barcode,) if len(finding.bars) > 1 else ()))


CONNECTED = Procedure(find, remeasure, judge, draw)
