"""`theory.json`: the checked theory as a document that a report can draw and a reader can compare with the text."""

from typing import Literal

from pydantic import Field

from catlearn.plan.document import Document


class ObjectDocument(Document):
    """An object: what it is, in the words of the specification."""

    name: str
    kind: Literal["parameters", "clouds", "pullback", "formal"]
    definition: str


class ArrowDocument(Document):
    """A generating arrow between points (`A@init`) or objects (`A`)."""

    name: str
    kind: Literal["structural", "leg", "run", "formal"]
    source: str
    target: str


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
    """A natural transformation between two functors: its component at every object, as pairs (object, path)."""

    name: str
    source: str
    target: str
    components: tuple[tuple[str, str], ...]


class PullbackDocument(Document):
    """A pullback square: the object, its legs, the map, the point and the frozen blocks."""

    name: str
    category: str
    map: str
    along: str
    legs: tuple[str, ...]
    frozen: tuple[str, ...]


class CellDocument(Document):
    """A 2-cell between two rules (strict) or two runs (by relation)."""

    name: str
    kind: Literal["strict", "relation"]
    source: str
    target: str
    by: str


class ClaimDocument(Document):
    """A claim as written."""

    name: str
    text: str
    expected: tuple[str, ...]


class TheoryDocument(Document):
    """The checked theory of one specification, with its text."""

    schema_version: int = Field(alias="schema", serialization_alias="schema")
    specification: str
    text: str
    digest: str
    categories: tuple[CategoryDocument, ...]
    functors: tuple[FunctorDocument, ...]
    pullbacks: tuple[PullbackDocument, ...]
    cells: tuple[CellDocument, ...]
    claims: tuple[ClaimDocument, ...]
    transformations: tuple[TransformationDocument, ...] = ()
