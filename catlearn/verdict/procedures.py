"""The table of procedures: for each kind of question the one that decides it."""

from collections.abc import Mapping

from catlearn.verdict.procedure import Procedure
from catlearn.verdict.questions.bitwise import CONSTANT, LAW
from catlearn.verdict.questions.classes import CLASSES
from catlearn.verdict.questions.measure import MEASURE
from catlearn.verdict.questions.relation_cell import RELATION_CELL
from catlearn.verdict.questions.shape import SHAPE
from catlearn.verdict.questions.strict import STRICT

PROCEDURES: Mapping[str, Procedure] = {
    "law": LAW,
    "strict": STRICT,
    "constant": CONSTANT,
    "relation_cell": RELATION_CELL,
    "classes": CLASSES,
    "measure": MEASURE,
    "shape": SHAPE,
}
