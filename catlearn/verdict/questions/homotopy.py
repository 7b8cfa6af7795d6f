"""Do two runs, as one closed loop, contract in a static region, seed by seed, and for which share of seeds?"""

from collections.abc import Sequence

from catlearn.evidence import deformation
from catlearn.evidence.documents import Evidence, Height, HomotopyFinding, HomotopyFindings
from catlearn.evidence.model import Model
from catlearn.evidence.planes import of_homotopy
from catlearn.plan.ir import VERSIONS, HomotopyQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of, same_run, share_of_seeds, worst_first
from catlearn.verdict.pairs import first_of, pairs_of
from catlearn.verdict.procedure import Procedure, Progress, Rejected
from catlearn.verdict.verdict import Verdict


def find(model: Model, question: HomotopyQuestion, progress: Progress) -> HomotopyFindings:
    """The finding of every seed that both runs completed."""
    pairs, missing = pairs_of(model, question.left, question.right)
    found: list[HomotopyFinding] = []
    for left, right in pairs:
        key = {
            "homotopy": question.model_dump(include={"region", "level", "close", "winding"}),
            "runs": [left.model_dump(), right.model_dump()],
            "version": VERSIONS["connect"],
        }
        compute = lambda left=left, right=right: deformation.deformation(model, question, left, right)  # noqa: E731
        found.append(model.remembered(key, HomotopyFinding, compute))
        progress(f"loops of {question.cell}", len(found), len(pairs))
    return HomotopyFindings(missing=missing, pairs=tuple(found))


def remeasure(model: Model, question: HomotopyQuestion, finding: HomotopyFindings) -> HomotopyFindings:
    """The same pairs from the stored points: loops, words, fill levels and straight sheets, which need no search."""
    pairs, missing = pairs_of(model, question.left, question.right)
    if [(pair.left, pair.right) for pair in finding.pairs] != pairs:
        raise Rejected("its pairs are not the completed seeds of the two runs")
    anew = tuple(deformation.deformation(model, question, *pair) for pair in pairs)
    return HomotopyFindings(missing=missing, pairs=anew)


def outcome(pair: HomotopyFinding, question: HomotopyQuestion) -> Verdict:
    """Refuted where a run leaves the region or the loop does not contract in it; supported by a word or a sheet,
    vacuous where the untrained starts are joined in the region as well."""
    level = question.level
    if pair.times is None or (pair.runs is not None and pair.runs.raw > level):
        return Verdict.REFUTED
    if pair.outer_word or (pair.fill is not None and pair.fill > level) or _winds(pair, level):
        return Verdict.REFUTED
    filled = pair.height is not None and pair.height.bound <= level
    if not (pair.contracts or filled):
        return Verdict.UNDECIDED
    return Verdict.VACUOUS if pair.starts_joined else Verdict.SUPPORTED


def _winds(pair: HomotopyFinding, level: float) -> bool:
    """Whether a declared pair winds along the loop that has no common zero in the region."""
    return bool(pair.winding) and pair.zeros is not None and pair.zeros > level


def judge(question: HomotopyQuestion, finding: HomotopyFindings) -> Judgement:
    """The share of seeds whose loop contracts."""
    outcomes = [outcome(pair, question) for pair in finding.pairs]
    one_run = question.left == question.right
    inference = share_of_seeds(question, outcomes, len(finding.missing), one_run)
    followed = "" if question.region == "sublevel" else ", runs followed from where they first reach it"
    closed = "with common ends" if question.close is None else f"closed by a {question.close}"
    return judgement_of(
        inference,
        method=f"classical homotopy of one loop, {closed}, among losses of at most "
        f"{wording.number(question.level)}{followed}; {inference.method}",
        evidence=[*same_run(one_run, inference), *_lines(finding, outcomes, question)],
    )


def _lines(finding: HomotopyFindings, outcomes: Sequence[Verdict], question: HomotopyQuestion) -> list[str]:
    rows = [
        f"seed {pair.left.seed}: {_line(pair, verdict, question)}"
        for pair, verdict in zip(finding.pairs, outcomes, strict=True)
    ]
    order = (Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNDECIDED, Verdict.SUPPORTED)
    return worst_first(rows, outcomes, order, finding.missing)


def _line(pair: HomotopyFinding, verdict: Verdict, question: HomotopyQuestion) -> str:
    match verdict:
        case Verdict.REFUTED:
            return _refuted(pair, question)
        case Verdict.VACUOUS:
            return "the loop contracts, and the points at which training began are joined in the region as well"
        case Verdict.SUPPORTED if pair.contracts:
            return "the loop lies in cells inside the region and its crossing word there is trivial, certified"
        case Verdict.SUPPORTED:
            return f"a straight sheet fills the loop, its losses at most {_bound(pair.height)}, estimated"
    least = "" if pair.fill is None else f"; over every field tried it bounds above {wording.number(pair.fill)}"
    if pair.closed is not None and pair.closed.raw > question.level:
        return f"what closes the loop rises to {wording.number(pair.closed.raw)}: write `close = path`"
    rises = f"no sheet found lies in the region: the straight one rises to {_raw(pair.height)}{least}"
    return rises if question.winding is None else f"{rises}; {_unobstructed(pair)}"


def _unobstructed(pair: HomotopyFinding) -> str:
    """Why a declared pair does not tell a loop from a contractible one."""
    if pair.winding is None:
        return "the declared pair is not shown to be free of zeros on the loop"
    if pair.winding == 0:
        return "the declared pair does not wind along the loop, which shows nothing"
    return f"the declared pair winds along the loop, and is shown to have no zero only below {_number(pair.zeros)}"


def _refuted(pair: HomotopyFinding, question: HomotopyQuestion) -> str:
    where = "inside the box" if pair.in_box else "anywhere, as the region does not touch the box's boundary"
    if pair.times is None:
        return f"a run never reaches {wording.number(question.level)}"
    if pair.runs is not None and pair.runs.raw > question.level:
        return f"a run leaves the region: it rises to {wording.number(pair.runs.raw)}"
    if pair.outer_word:
        return f"the loop spells {_spelt(pair.outer_word)} among the holes of the region: it does not contract {where}"
    if pair.fill is not None and pair.fill > question.level:
        return f"the loop bounds nothing below {wording.number(pair.fill)}, {where}"
    return (
        f"the declared pair winds {wording.counted(abs(pair.winding or 0), 'time')} along the loop, and has no zero "
        f"with a loss below {_number(pair.zeros)} inside the box: there the loop does not contract"
    )


def _spelt(word: tuple[int, ...]) -> str:
    """A word with holes as letters, `a b a⁻¹`; only the first letters of a long one."""
    letters = [f"{_letter(abs(letter))}{'⁻¹' if letter < 0 else ''}" for letter in word[:12]]
    return " ".join(letters) + (" …" if len(word) > 12 else "")


def _letter(number: int) -> str:
    return chr(ord("a") + number - 1) if number <= 26 else f"h{number}"


def _bound(height: Height | None) -> str:
    return "unknown" if height is None else wording.number(height.bound)


def _number(value: float | None) -> str:
    return "unknown" if value is None else wording.number(value)


def _raw(height: Height | None) -> str:
    return "unknown" if height is None else wording.number(height.raw)


def draw(model: Model, question: HomotopyQuestion, finding: HomotopyFindings) -> tuple[Evidence, ...]:
    """The plane that the runs lie in, where they do, with the pair that is refuted or else the first."""
    outcomes = [outcome(pair, question) for pair in finding.pairs]
    shown = first_of(Verdict.REFUTED, finding.pairs, outcomes)
    plane = shown and of_homotopy(model, shown[0], question, shown[1] is Verdict.SUPPORTED)
    return (plane,) if plane else ()


HOMOTOPY = Procedure(find, remeasure, judge, draw)
