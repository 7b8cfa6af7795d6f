"""Seeds whose trajectories are one: many copies of a run are no sample of several, whatever a test says of their
number."""

from collections.abc import Sequence

from catlearn.plan.ir import DecideJob
from catlearn.verdict import wording
from catlearn.verdict.certificate import Input, Judgement
from catlearn.verdict.looks import error
from catlearn.verdict.verdict import Verdict


def of_sample(job: DecideJob, judgement: Judgement, inputs: Sequence[Input]) -> Judgement:
    """What a test came to, undecided where seeds of a run that it counts have one and the same trajectory."""
    copies = repeated(inputs)
    if not copies or error(job.question) == 0.0 or judgement.verdict not in _DECIDED:
        return judgement
    return judgement.model_copy(
        update={
            "verdict": Verdict.UNDECIDED.value,
            "method": f"{judgement.method}; seeds that are copies of each other are no sample",
            "evidence": (*judgement.evidence, *copies),
        }
    )


_DECIDED = (Verdict.SUPPORTED.value, Verdict.REFUTED.value)


def repeated(inputs: Sequence[Input]) -> tuple[str, ...]:
    """A line for each trajectory that several seeds of a run share."""
    shared: dict[tuple[str, str], list[int]] = {}
    names = {found.job: found.run for found in inputs}
    for found in inputs:
        if found.sha256:
            shared.setdefault((found.job, found.sha256), []).append(found.seed)
    return tuple(
        f"{names[job]}: seeds {wording.seeds(seeds)} have one trajectory"
        for (job, _), seeds in shared.items()
        if len(seeds) > 1
    )
