"""Datasets as functions of a script that read, split and scale them."""

from collections.abc import Callable, Collection, Iterator, Mapping

from catlearn.emit.names import literal
from catlearn.emit.refusal import refuse_others
from catlearn.plan.ir import DatasetPlan, FilePlan, PicturesPlan

_SIZES = ("train_size", "test_size", "classes", "shape", "test")
KNOWN = frozenset(
    (
        *_SIZES,
        "digest",
        "name",
        "source",
        "seed",
        "form",
        "pooled",
        "chosen",
        "transform",
        "pictures",
        "folder",
        "files",
    )
)
"""The fields of a dataset that a script follows, or that follow from others."""


def dataset(plan: DatasetPlan, function: str) -> str:
    """The function that loads a dataset. Raises `NotEmitted` where the plan says what a script cannot."""
    refuse_others(plan, KNOWN, f"the dataset `{plan.name}`")
    body = (*_read(plan), *_split(plan), *_pictures(plan.pictures, _sides(plan)), *_scaled(plan))
    return "\n".join(
        (
            f"def {function}():",
            f'    """{plan.train_size} examples to train on and {plan.test_size} to test on."""',
            *(f"    {line}" for line in body),
            f"    return data({literal(plan.digest)}, inputs, labels, held_out, answers)",
        )
    )


def _read(plan: DatasetPlan) -> Iterator[str]:
    """The parts of a dataset, a pair of inputs and labels each."""
    if plan.form == "sklearn":
        name = plan.source.removeprefix("sklearn.")
        yield f"parts = [sklearn.datasets.load_{name}(return_X_y=True)]"
    else:
        yield f"folder = Path({literal(plan.folder or '.')})"
        yield from _PARTS[plan.form](plan)
    if plan.chosen:
        yield f"parts = [of_classes(*part, {plan.chosen}) for part in parts]"


def helpers(plans: Collection[DatasetPlan]) -> frozenset[str]:
    """The functions of a script that the functions of these datasets call."""
    found: set[str] = {plan.form for plan in plans}
    found |= {"checked" for plan in plans if plan.files and plan.form != "pictures"}
    found |= {"of_classes" for plan in plans if plan.chosen}
    found |= {"some" for plan in plans if not plan.pooled}
    found |= {"grey" for plan in plans if plan.pictures.colour == "grey"}
    found |= {"resized" for plan in plans if plan.pictures.resize or plan.form == "pictures"}
    return frozenset(found | {"padded" for plan in plans if plan.pictures.pad})


def _idx(plan: DatasetPlan) -> Iterator[str]:
    yield "parts = ["
    for images, labels in zip(plan.files[::2], plan.files[1::2], strict=True):
        yield "    ("
        yield f"        idx({_file(images)}),"
        yield f"        idx({_file(labels)}),"
        yield "    ),"
    yield "]"


def _npz(plan: DatasetPlan) -> Iterator[str]:
    yield f"archive = np.load({_file(plan.files[0])}, allow_pickle=False)"
    yield 'names = [("x", "y") if "x" in archive else ("x_train", "y_train"), ("x_test", "y_test")]'
    yield "parts = [(archive[x], archive[y]) for x, y in names if x in archive]"


def _cifar(plan: DatasetPlan) -> Iterator[str]:
    labels = 2 if plan.source == "cifar100" else 1
    yield f"archive = {_file(plan.files[0])}"
    yield f"parts = cifar(archive, {labels})"


def _parts_of_files(plan: DatasetPlan) -> Iterator[str]:
    yield "files = ["
    for file in plan.files:
        yield f"    {_file(file)},"
    yield "]"
    yield f"parts = [{plan.form}(file) for file in files]"


def _folder_of_pictures(plan: DatasetPlan) -> Iterator[str]:
    (found,) = plan.files
    yield f"found = checked_folder(folder / {literal(found.name)}, {literal(found.checksum)})"
    sides = f", {plan.pictures.resize}" if plan.pictures.resize else ""
    yield f"parts = pictures(found, {literal('L' if plan.shape[0] == 1 else 'RGB')}{sides})"


_PARTS: Mapping[str, Callable[[DatasetPlan], Iterator[str]]] = {
    "idx": _idx,
    "npz": _npz,
    "cifar": _cifar,
    "svhn": _parts_of_files,
    "svmlight": _parts_of_files,
    "pictures": _folder_of_pictures,
}
"""How files of each form are read."""


def _file(file: FilePlan) -> str:
    return f"checked(folder / {literal(file.name)}, {literal(file.checksum)})"


def _split(plan: DatasetPlan) -> Iterator[str]:
    source = plan.source if plan.named else " ".join(file.checksum for file in plan.files)
    keys = f"source, {plan.seed}"
    yield f"source = {literal(source)}"
    if plan.pooled:
        test, both = plan.test_size, plan.test_size + plan.train_size
        yield "inputs, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))"
        yield f"order = permutation(len(inputs), {keys})"
        yield f"train, test = order[{test}:{both}], order[:{test}]"
        yield "inputs, labels, held_out, answers = inputs[train], labels[train], inputs[test], labels[test]"
    else:
        yield f'inputs, labels = some(*parts[0], {plan.train_size}, {keys}, "train")'
        yield f'held_out, answers = some(*parts[1], {plan.test_size}, {keys}, "test")'


def _pictures(plan: PicturesPlan, sides: tuple[int, ...]) -> Iterator[str]:
    """What becomes of pictures (n, channels, height, width), whose last two sides are these."""
    if plan.channels_last:
        yield "inputs, held_out = (np.moveaxis(pictures, 3, 1) for pictures in (inputs, held_out))"
    if plan.colour == "rgb":
        yield "inputs, held_out = (np.broadcast_to(x, (len(x), 3, *x.shape[2:])) for x in (inputs, held_out))"
    if plan.colour == "grey":
        yield "inputs, held_out = grey(inputs), grey(held_out)"
    if plan.resize and plan.resize != sides:
        yield f"inputs, held_out = resized(inputs, {plan.resize}), resized(held_out, {plan.resize})"
    if plan.pad:
        yield f"inputs, held_out = padded(inputs, {plan.pad}), padded(held_out, {plan.pad})"


def _sides(plan: DatasetPlan) -> tuple[int, ...]:
    """Height and width of the pictures that are read; those of a folder are resized one by one."""
    if plan.form == "pictures" and plan.pictures.resize:
        return plan.pictures.resize
    return plan.shape[:2] if plan.pictures.channels_last else plan.shape[-2:]


def _scaled(plan: DatasetPlan) -> Iterator[str]:
    """Inputs shifted and divided by numbers of the training split."""
    if plan.transform == "scale":
        yield "divisor = 255.0 if inputs.dtype == np.uint8 else np.abs(inputs).max() or 1.0"
        yield "inputs, held_out = inputs / divisor, held_out / divisor"
    elif plan.transform == "standardise":
        yield "over = (0, 2, 3) if inputs.ndim == 4 else 0"
        yield "mean = inputs.mean(over, np.float64, keepdims=True)"
        yield "deviation = inputs.std(over, np.float64, keepdims=True)"
        yield "deviation[deviation == 0] = 1.0"
        yield "inputs, held_out = (inputs - mean) / deviation, (held_out - mean) / deviation"
