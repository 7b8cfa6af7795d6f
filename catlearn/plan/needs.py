"""What a question rests on: the runs and readings that it names, and all that those are made from."""

from collections.abc import Iterable, Mapping

from catlearn.plan.ir import (
    CarriedLawQuestion,
    ClassesQuestion,
    ClassMeasureQuestion,
    CloudMeasurePlan,
    CombinationPlan,
    CompositeCellQuestion,
    ConeQuestion,
    ConjunctionQuestion,
    ConnectedQuestion,
    ConstantQuestion,
    CorrelationQuestion,
    CountQuestion,
    HomotopyQuestion,
    LawOfMapsQuestion,
    LawQuestion,
    MeasureExpression,
    MeasurePlan,
    MeasureQuestion,
    NaturalityQuestion,
    Question,
    ReadingQuestion,
    ReadJob,
    RelationCellQuestion,
    SeedCountQuestion,
    ShapeQuestion,
    StrictCellQuestion,
    WhiskeredCellQuestion,
    parents,
)
from catlearn.plan.training import Training


def runs_asked(question: Question, reads: Mapping[str, ReadJob]) -> tuple[str, ...]:
    """The train jobs that a question names, by itself or through what it reads."""
    match question:
        case StrictCellQuestion() | LawOfMapsQuestion():
            return ()
        case CarriedLawQuestion(left=left, right=right):
            return tuple(image.run for image in (*left, *right))
        case LawQuestion():
            return question.left + question.right
        case ConstantQuestion() | ReadingQuestion():
            return (question.run,)
        case ConeQuestion(sides=sides, frozen=frozen):
            return tuple(dict.fromkeys((*(side.run for side in sides), *(block.run for block in frozen))))
        case RelationCellQuestion() | ConnectedQuestion() | HomotopyQuestion():
            return (question.left, question.right)
        case CompositeCellQuestion(parts=parts):
            return tuple(run for part in parts for run in runs_asked(part, reads))
        case WhiskeredCellQuestion(run=run, premise=premise):
            return (run, premise.left, premise.right)
        case ClassesQuestion() | NaturalityQuestion():
            return question.runs
        case ClassMeasureQuestion(classes=classes):
            return classes.runs
        case (
            MeasureQuestion(left=left, right=right)
            | SeedCountQuestion(left=left, right=right)
            | CountQuestion(left=left, right=right)
        ):
            return tuple(run for side in (left, right) for run in _runs_measured(side, reads))
        case CorrelationQuestion(first=first, second=second, given=given):
            return tuple(run for side in (first, second, given) if side for run in _runs_measured(side, reads))
        case ShapeQuestion():
            return (reads[question.left].run, reads[question.right].run)
        case ConjunctionQuestion(parts=parts):
            return tuple(run for part in parts for run in runs_asked(part, reads))


def _runs_measured(expression: MeasureExpression | float, reads: Mapping[str, ReadJob]) -> tuple[str, ...]:
    match expression:
        case MeasurePlan(run=run, other=other):
            return (run,) if other is None else (run, other)
        case CloudMeasurePlan(clouds=clouds):
            return tuple(reads[cloud].run for cloud in clouds)
        case CombinationPlan(left=left, right=right):
            return (*_runs_measured(left, reads), *_runs_measured(right, reads))
    return ()


def reads_asked(question: Question) -> tuple[str, ...]:
    """The read jobs that a question names."""
    match question:
        case ConjunctionQuestion(parts=parts):
            found = [job for part in parts for job in reads_asked(part)]
        case ShapeQuestion(left=left, right=right):
            found = [left, right]
        case MeasureQuestion() | SeedCountQuestion():
            found = [job for side in (question.left, question.right) for job in _reads_measured(side)]
        case ClassMeasureQuestion(measures=measures):
            found = [job for measure in measures for job in _reads_measured(measure)]
        case CorrelationQuestion(first=first, second=second, given=given):
            found = [job for side in (first, second, given) if side for job in _reads_measured(side)]
        case _:
            found = []
    return tuple(dict.fromkeys(found))


def _reads_measured(expression: MeasureExpression | float) -> tuple[str, ...]:
    match expression:
        case CloudMeasurePlan(clouds=clouds):
            return clouds
        case CombinationPlan(left=left, right=right):
            return (*_reads_measured(left), *_reads_measured(right))
    return ()


def jobs_needed(trained: Training, asked: Iterable[str]) -> tuple[str, ...]:
    """The jobs asked for with all that they start from or take blocks from, in the order of training."""
    needed = set(asked)
    for job in reversed(tuple(trained.jobs.values())):
        if job.digest in needed:
            needed.update(parents(job))
    return tuple(run for run in trained.jobs if run in needed)
