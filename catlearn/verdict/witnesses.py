"""Witness sheets measured anew from the stored weights, once they are seen to be sheets at all."""

from catlearn.evidence import dihomotopy
from catlearn.evidence.documents import IDENTITY, Height, Levels, PairFinding, SheetWitness
from catlearn.evidence.losses import profile_of
from catlearn.evidence.model import Model
from catlearn.plan.ir import RelationPlan
from catlearn.verdict.procedure import Rejected


def remeasured_height(
    model: Model, witness: SheetWitness, levels: tuple[float, float], relation: RelationPlan
) -> Height:
    """The height of a witness. Raises `Rejected` where it is not a sheet between its runs at these levels."""
    flaw = dihomotopy.flaw(model, witness, levels, relation.modulo)
    if flaw is not None:
        raise Rejected(
            f"the witness of {witness.left.name} and {witness.right.name}, seeds {witness.left.seed} and "
            f"{witness.right.seed}: {flaw}"
        )
    return dihomotopy.height_of(model, witness, *levels)


def remeasured_pair(model: Model, pair: PairFinding, relation: RelationPlan) -> PairFinding:
    """A finding with its levels, own widths and height measured anew. Raises `Rejected`."""
    left, right = pair.left.member, pair.right.member
    profiles = profile_of(model, left), profile_of(model, right)
    high, low = dihomotopy.levels_of_pair(*profiles, relation)
    height = None
    if pair.witness is not None:
        if (pair.witness.left, pair.witness.right) != (left, right):
            raise Rejected("its witness joins other runs than the pair's")
        if pair.witness.alignment != IDENTITY and left.seed == right.seed:
            raise Rejected("its witness moves a run by a symmetry, and runs of one seed have none but the identity")
        height = remeasured_height(model, pair.witness, (high, low), relation)
    return PairFinding(
        levels=Levels(high=high, low=low, fixed_over=() if relation.levels else (left, right)),
        left=dihomotopy.run_width(left, profiles[0], high, low),
        right=dihomotopy.run_width(right, profiles[1], high, low),
        witness=pair.witness,
        height=height,
    )
