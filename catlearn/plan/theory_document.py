"""`theory.json`: the checked theory as a document that a report can draw and a reader can compare with the text."""

from typing import Literal

from pydantic import Field

from catlearn.plan.document import Document
from catlearn.plan.ir import FilePlan, ImportedPlan


class ObjectDocument(Document):
    """An object: what it is, in the words of the specification."""

    name: str
    kind: Literal["parameters", "clouds", "pullback", "formal"]
    definition: str


class ArrowDocument(Document):
    """A generating arrow between points (`A@init`) or objects (`A`).

    `wires` of a structural map pair blocks of its target with the blocks of its source that they read."""

    name: str
    kind: Literal["structural", "leg", "run", "formal"]
    source: str
    target: str
    wires: tuple[tuple[str, str], ...] = ()


class LawDocument(Document):
    """A relation between two paths of arrows, in order of composition."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]


class CategoryDocument(Document):
    """A presentation: generators and relations."""

    name: str
    objects: tuple[ObjectDocument, ...]
    arrows: tuple[ArrowDocument, ...]
    laws: tuple[LawDocument, ...]


class FunctorDocument(Document):
    """A functor: the image of every generator, as pairs (generator, image)."""

    name: str
    source: str
    target: str
    images: tuple[tuple[str, str], ...]


class TransformationDocument(Document):
    """A natural transformation between two functors: its component at every object, as pairs (object, path), and the
    arrows whose squares are shown to commute."""

    name: str
    source: str
    target: str
    components: tuple[tuple[str, str], ...]
    squares: tuple[str, ...] = ()


class PullbackDocument(Document):
    """A pullback square: the object, its legs, the map, the point and the frozen blocks."""

    name: str
    category: str
    map: str
    along: str
    legs: tuple[str, ...]
    frozen: tuple[str, ...]


class JointPullbackDocument(Document):
    """The pullback square of two maps into one space: the object, its legs and the blocks that both legs read."""

    name: str
    category: str
    map: str
    along: str
    legs: tuple[str, ...]
    shared: tuple[str, ...]


class CellDocument(Document):
    """A 2-cell between two rules (strict) or two runs (by relation); `composed_of` are the cells of a composite."""

    name: str
    kind: Literal["strict", "relation"]
    source: str
    target: str
    by: str
    composed_of: tuple[str, ...] = ()


class ClaimDocument(Document):
    """A claim as written."""

    name: str
    text: str
    expected: tuple[str, ...]


class ImportDocument(Document):
    """An imported file: its path from the folder of the specification, and its text."""

    path: str
    text: str


class MaterialDocument(Document):
    """What was known of data by their headers, under a name of the data table or a path: `counts` are the examples of
    each class in the training part and the test part, `folder` where the files were."""

    source: str
    input_shape: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    form: str
    transform: str
    files: tuple[FilePlan, ...]
    folder: str
    channels_last: bool
    whole: bool = False


class ImportedRunDocument(Document):
    """The files of a run that was trained elsewhere, under its qualified name."""

    run: str
    imported: ImportedPlan


class BlockDocument(Document):
    """A block of a parameter space: its tensors and its buffers, by name, with their shapes."""

    path: str
    tensors: tuple[tuple[str, tuple[int, ...]], ...]
    buffers: tuple[tuple[str, tuple[int, ...]], ...]


class MapDocument(Document):
    """A parametrised map: its ends, its layers as they could be written, sugar spelt out, and its blocks."""

    name: str
    source: str
    target: str
    layers: str
    blocks: tuple[BlockDocument, ...]


class LandscapeDocument(Document):
    """An analytic loss: its variables, the interval of each, and its expression."""

    name: str
    variables: tuple[str, ...]
    box: tuple[str, ...]
    expression: str


class RelationDocument(Document):
    """A relation and its fields, defaults included, as pairs (field, value)."""

    name: str
    kind: str
    fields: tuple[tuple[str, str], ...]


class TheoryDocument(Document):
    """The checked theory of one specification, with its text and those of the files that it imports, and the seeds
    that were added to those that its runs say."""

    schema_version: int = Field(alias="schema", serialization_alias="schema")
    specification: str
    text: str
    imports: tuple[ImportDocument, ...] = ()
    added_seeds: tuple[int, ...] = ()
    digest: str
    categories: tuple[CategoryDocument, ...]
    functors: tuple[FunctorDocument, ...]
    transformations: tuple[TransformationDocument, ...] = ()
    pullbacks: tuple[PullbackDocument, ...]
    cells: tuple[CellDocument, ...]
    claims: tuple[ClaimDocument, ...]
    maps: tuple[MapDocument, ...] = ()
    landscapes: tuple[LandscapeDocument, ...] = ()
    joint_pullbacks: tuple[JointPullbackDocument, ...] = ()
    relations: tuple[RelationDocument, ...] = ()
    materials: tuple[MaterialDocument, ...] = ()
    imported_runs: tuple[ImportedRunDocument, ...] = ()
