"""Maps, data, landscapes and relations of a theory in `theory.json`: what is written short in a text, spelt out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from catlearn.category.expression import Constant, Expression, show
from catlearn.plan.ir import FilePlan
from catlearn.plan.theory_document import (
    BlockDocument,
    ImportedRunDocument,
    LandscapeDocument,
    MapDocument,
    MaterialDocument,
    RelationDocument,
)
from catlearn.plan.training import imported_plan
from catlearn.theory.layers.table import blocks_of, text
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.sources import File, Material
from catlearn.theory.theory import CheckpointFile, Landscape, NetworkMap, Relation, Theory


def map_document(network: NetworkMap) -> MapDocument:
    """A map with its layers, sugar and other maps spelt out, and the blocks of its parameter space."""
    return MapDocument(
        name=network.name,
        source=shape_text(network.input_shape),
        target=shape_text(network.output_shape),
        layers=text(network.layers),
        blocks=tuple(
            BlockDocument(path=block.path, tensors=block.tensors, buffers=block.buffers)
            for block in blocks_of(network.layers)
        ),
    )


def material_documents(theory: Theory) -> tuple[MaterialDocument, ...]:
    """What is known of the data that rest on files, each source once."""
    found = {dataset.source: dataset.material for dataset in theory.datasets.values() if dataset.material.files}
    return tuple(
        MaterialDocument(
            source=source,
            input_shape=material.input_shape,
            counts=material.counts,
            form=material.form,
            transform=material.transform,
            files=tuple(FilePlan(name=file.name, checksum=file.checksum) for file in material.files),
            folder=material.folder,
            channels_last=material.channels_last,
            whole=material.whole,
        )
        for source, material in found.items()
    )


def materials_of(documents: Iterable[MaterialDocument]) -> Mapping[str, Material]:
    """What `material_documents` made documents of, by name or path."""
    return {
        document.source: Material(
            document.input_shape,
            document.counts,
            document.form,
            document.transform,
            tuple(File(file.name, file.checksum) for file in document.files),
            document.folder,
            document.channels_last,
            document.whole,
        )
        for document in documents
    }


def imported_documents(theory: Theory) -> tuple[ImportedRunDocument, ...]:
    """The files of the runs that were trained elsewhere."""
    found = ((name, imported_plan(run)) for name, run in theory.runs.items())
    return tuple(ImportedRunDocument(run=name, imported=plan) for name, plan in found if plan is not None)


def with_imported(theory: Theory, documents: Iterable[ImportedRunDocument]) -> Theory:
    """A theory with the files of its imported runs as `imported_documents` recorded them."""
    runs = dict(theory.runs)
    for document in documents:
        if document.run in runs:
            found = document.imported
            files = (
                CheckpointFile(File(file.name, file.checksum), file.seed, file.step, file.count) for file in found.files
            )
            runs[document.run] = replace(runs[document.run], files=tuple(files), folder=found.folder)
    return replace(theory, runs=runs)


def landscape_document(landscape: Landscape) -> LandscapeDocument:
    """A landscape with its box and its expression as they could have been written."""
    return LandscapeDocument(
        name=landscape.name,
        variables=landscape.variables,
        box=tuple(f"[{_number(low)}, {_number(high)}]" for low, high in landscape.box),
        expression=show(landscape.expression),
    )


def relation_document(relation: Relation) -> RelationDocument:
    """A relation with all its fields, defaults included."""
    levels, region = relation.levels, relation.region
    fields = {
        "slack": None if relation.kind == "homotopy" else _number(relation.slack),
        "levels": f"{_number(levels[1])}..{_number(levels[0])}" if levels else None,
        "level": None if relation.level is None else _number(relation.level),
        "region": f"{region[0]}({_number(region[1])})" if region else None,
        "ends": relation.ends,
        "close": relation.close,
        "obstruct": _functions(relation.obstruction),
        "modulo": relation.modulo,
        "on": ".".join(relation.on) if relation.on else None,
        "effort": relation.effort,
    }
    written = tuple((key, value) for key, value in fields.items() if value is not None)
    return RelationDocument(name=relation.name, kind=relation.kind, fields=written)


def _functions(declared: tuple[Expression, ...]) -> str | None:
    """A declared function, or several in brackets; None where none is declared."""
    written = ", ".join(map(show, declared))
    return f"[{written}]" if len(declared) > 1 else written or None


def _number(value: Fraction) -> str:
    return show(Constant(value))
