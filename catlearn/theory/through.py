"""What a claim reads through a composite of functors, `H >> L`: what L reads at or along the images under H.

An object of the source goes to a point `A@t`, at which L reads a cloud; a run, or any other arrow, to a run, along
which L reads a path of clouds. An image that is a path of several arrows, or of none, is no run of the store and is not
read: what it would say of each of them can be claimed of each.
"""

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.arguments import Setting
from catlearn.theory.equality import point_name
from catlearn.theory.fields import required
from catlearn.theory.names import ARROWS, OBJECTS, Entry, bare
from catlearn.theory.points import find_producer, producer
from catlearn.theory.rules import composition, field_type
from catlearn.theory.theory import CloudRead, Functor, PresentedFunctor, Run, StructuralMap
from catlearn.theory.values import identifier, shown


def through(
    setting: Setting, functor: PresentedFunctor, point: tree.Checkpoint | tree.Name, call: tree.Call
) -> CloudRead | None:
    """What a composite reads at a checkpoint, at an object or along an arrow; None, reported, where that is nothing."""
    if functor.reading is None:
        found, wanted = f"`{functor.name}`, whose images are arrows", "a functor that reads activations"
        setting.scope.report(field_type.found(found, wanted, call.function.span))
        return None
    if isinstance(point, tree.Checkpoint):
        producing = find_producer(setting.scope, setting.ends, setting.theory.laws, point, None)
        place = None if producing is None else point_name(setting.ends[producing].target)
        return None if place is None else _at(setting, functor, place, point.span)
    entry = generator(setting, functor, point)
    if entry is None:
        return None
    if entry.name in dict(functor.object_images):
        return _at(setting, functor, entry.name, point.span)
    run = image_of_run(setting, functor, entry.name, point.span)
    return None if run is None else CloudRead(functor.reading, run.name, True)


def generator(setting: Setting, functor: PresentedFunctor, written: tree.Expression) -> Entry | None:
    """The object or arrow of the source that a name means; None, reported, where it means none."""
    name = required(setting.scope, written, identifier, "the name of an object or an arrow")
    return setting.scope.find(name, (*OBJECTS, *ARROWS, tree.Run), functor.source) if name else None


def _outside(functor: PresentedFunctor, what: str, span: Span) -> Diagnostic:
    found, wanted = f"`{bare(what)}`", f"an object or an arrow of `{functor.source}`, its source"
    return composition.ends(f"`{functor.name}` at", found, wanted, span)


def _at(setting: Setting, functor: PresentedFunctor, place: str, span: Span) -> CloudRead | None:
    """What is read at the image of an object, which must be the end of a run."""
    image = dict(functor.object_images).get(place)
    if image is None:
        setting.scope.report(_outside(functor, place, span))
        return None
    space, _, label = image.partition("@")
    run = producer(setting.ends, setting.theory.laws, (space, label)) if label else None
    if run is None:
        found = f"`{functor.name}`, which sends `{bare(place)}` to `{bare(image)}`"
        setting.scope.report(field_type.found(found, "one that sends it to the end of a run", span))
        return None
    return CloudRead(functor.reading or "", run)


def _image(setting: Setting, functor: PresentedFunctor, name: str, wanted: str, span: Span) -> str | None:
    """The one arrow to which an arrow goes; None, reported, where there is none or a path of several."""
    images = dict(functor.arrow_images).get(name)
    if images is None:
        setting.scope.report(_outside(functor, name, span))
        return None
    if len(images) == 1:
        return images[0]
    path = f"`{' >> '.join(map(bare, images))}`" if images else "an identity"
    found = f"`{functor.name}`, which sends `{bare(name)}` to {path}"
    setting.scope.report(field_type.found(found, f"one that sends it to {wanted}", span))
    return None


def image_of_run(setting: Setting, functor: PresentedFunctor, name: str, span: Span) -> Run | None:
    """The run to which an arrow goes; None, reported, where it goes to something else."""
    image = _image(setting, functor, name, "one run", span)
    if image is None or image in setting.theory.runs or image in setting.ends:
        return setting.theory.runs.get(image or "")
    found = f"`{functor.name}`, which sends `{bare(name)}` to the map `{bare(image)}`"
    setting.scope.report(field_type.found(found, "one that sends it to one run", span))
    return None


def image_of_map(setting: Setting, functor: PresentedFunctor, name: str, span: Span) -> StructuralMap | None:
    """The structural map to which a structural map goes; None, reported, where it goes to a path or an identity."""
    image = _image(setting, functor, name, "one structural map", span)
    return setting.theory.structural_maps.get(image or "")


def reading_of(setting: Setting, functor: PresentedFunctor, written: tree.Expression) -> Functor | None:
    """The functor that reads at the end of a composite; None, reported, where none does."""
    if functor.reading is None:
        setting.scope.report(field_type.found(shown(written.span), "a functor that reads activations", written.span))
        return None
    return setting.theory.functors.get(functor.reading)
