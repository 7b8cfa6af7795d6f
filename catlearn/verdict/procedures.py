"""The table of procedures: for each kind of question the one that decides it."""

from collections.abc import Mapping

from catlearn.evidence.documents import (
    BitwiseFinding,
    ClassesFinding,
    ClassMeasureFinding,
    CompositeFinding,
    ConjunctionFinding,
    ConnectionFindings,
    CorrelationFinding,
    CountFinding,
    Finding,
    HomotopyFindings,
    MeasureFinding,
    PairFindings,
    SeedCountFinding,
    ShapeFinding,
    SymbolicFinding,
    WhiskeredFinding,
)
from catlearn.plan.ir import ConjunctionQuestion, Question
from catlearn.verdict.procedure import Procedure
from catlearn.verdict.questions.bitwise import CARRIED_LAW, CONE, CONSTANT, LAW, NATURALITY, READING
from catlearn.verdict.questions.class_measure import CLASS_MEASURE
from catlearn.verdict.questions.classes import CLASSES
from catlearn.verdict.questions.composite import COMPOSITE
from catlearn.verdict.questions.conjunction import conjunction_of
from catlearn.verdict.questions.connected import CONNECTED
from catlearn.verdict.questions.correlation import CORRELATION
from catlearn.verdict.questions.count import COUNT
from catlearn.verdict.questions.homotopy import HOMOTOPY
from catlearn.verdict.questions.maps import LAW_OF_MAPS
from catlearn.verdict.questions.measure import MEASURE
from catlearn.verdict.questions.relation_cell import RELATION_CELL
from catlearn.verdict.questions.seed_count import SEED_COUNT
from catlearn.verdict.questions.shape import SHAPE
from catlearn.verdict.questions.strict import STRICT
from catlearn.verdict.questions.whiskered import WHISKERED

_PARTS: Mapping[str, Procedure] = {
    "law": LAW,
    "carried_law": CARRIED_LAW,
    "law_of_maps": LAW_OF_MAPS,
    "strict": STRICT,
    "constant": CONSTANT,
    "reading": READING,
    "cone": CONE,
    "naturality": NATURALITY,
    "relation_cell": RELATION_CELL,
    "connected": CONNECTED,
    "homotopy": HOMOTOPY,
    "composite": COMPOSITE,
    "whiskered": WHISKERED,
    "classes": CLASSES,
    "class_measure": CLASS_MEASURE,
    "measure": MEASURE,
    "correlation": CORRELATION,
    "seed_count": SEED_COUNT,
    "count": COUNT,
    "shape": SHAPE,
}

PROCEDURES: Mapping[str, Procedure] = {**_PARTS, "conjunction": conjunction_of(_PARTS)}

_FINDINGS: Mapping[str, type[Finding]] = {
    "law": BitwiseFinding,
    "carried_law": BitwiseFinding,
    "law_of_maps": SymbolicFinding,
    "strict": SymbolicFinding,
    "constant": BitwiseFinding,
    "reading": BitwiseFinding,
    "cone": BitwiseFinding,
    "naturality": BitwiseFinding,
    "relation_cell": PairFindings,
    "connected": ConnectionFindings,
    "homotopy": HomotopyFindings,
    "composite": CompositeFinding,
    "whiskered": WhiskeredFinding,
    "classes": ClassesFinding,
    "class_measure": ClassMeasureFinding,
    "measure": MeasureFinding,
    "correlation": CorrelationFinding,
    "seed_count": SeedCountFinding,
    "count": CountFinding,
    "shape": ShapeFinding,
    "conjunction": ConjunctionFinding,
}


def answers(question: Question, finding: Finding) -> bool:
    """Whether a finding is of the kind that a question asks for, in each part."""
    if isinstance(question, ConjunctionQuestion) and isinstance(finding, ConjunctionFinding):
        pairs = zip(question.parts, finding.parts, strict=False)
        return len(question.parts) == len(finding.parts) and all(answers(part, found) for part, found in pairs)
    return isinstance(finding, _FINDINGS[question.op])
