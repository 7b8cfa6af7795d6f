"""The paired values of a claim about measures: the difference of each seed, the margin, the mean with its interval."""

from catlearn.evidence.documents import PairedValues
from catlearn.plan.ir import MeasureQuestion
from catlearn.report.figure import Figure
from catlearn.report.numbers import significant
from catlearn.report.ranked import Interval, Ranked, ranked_picture


def paired_values(
    values: PairedValues, question: MeasureQuestion, estimate: float | None, interval: Interval | None
) -> Figure:
    """A row a seed: left less right, in the units of the measure."""
    rows = [
        (f"seed {seed}", left - right)
        for seed, left, right in zip(values.seeds, values.left, values.right, strict=True)
    ]
    margin = question.margin
    axis = f"{values.left_name} less {values.right_name}"
    ranked = Ranked(
        rows=rows,
        axis=axis,
        zone=(-margin, margin) if margin is not None else None,
        zone_name=f"within ±{significant(margin, 3)}" if margin is not None else "",
        estimate=estimate,
        interval=interval,
    )
    within = f" The shaded margin is ±{significant(margin, 3)}." if margin is not None else ""
    described = f"{axis}, one row for each of {len(rows)} seeds."
    return Figure(
        ranked_picture(ranked, "Paired differences", described),
        f"{axis}, seed by seed; below them the mean with its interval.{within}",
    )
