"""The data table: what can be known of a dataset without opening it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class File:
    """A file by its name in the folder of its dataset, and the checksum that its bytes have, as `sha256:…` or `md5:…`;
    empty where it was not computed yet."""

    name: str
    checksum: str = ""


@dataclass(frozen=True)
class Material:
    """A labelled dataset: the shape of one input; how many examples each class has, in the training part and, where
    there is one, the test part.

    `whole` says that inputs are whole numbers, which can be words. `form` is how its files are read. `transform` is
    what becomes of its inputs where the specification does not say. `channels_last` says that colours are the last
    axis of the pictures in its files. `folder` is where the files are, empty for sets that come along or are
    downloaded."""

    input_shape: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    form: str
    transform: str
    files: tuple[File, ...] = ()
    folder: str = field(default="", compare=False)
    channels_last: bool = False
    whole: bool = False

    @property
    def classes(self) -> int:
        """The number of classes."""
        return max(map(len, self.counts))

    @property
    def rows(self) -> int:
        """The number of examples."""
        return sum(map(sum, self.counts))


class Remote(NamedTuple):
    """Where the official files of a dataset are, and their checksums."""

    address: str
    files: tuple[File, ...]


_IDX = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx(address: str, *sha256: str) -> Remote:
    return Remote(address, tuple(File(name, f"sha256:{sha}") for name, sha in zip(_IDX, sha256, strict=True)))


def _md5(address: str, checksums: Mapping[str, str]) -> Remote:
    return Remote(address, tuple(File(name, f"md5:{md5}") for name, md5 in checksums.items()))


REMOTES = {
    "cifar10": _md5(
        "https://www.cs.toronto.edu/~kriz/", {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"}
    ),
    "cifar100": _md5(
        "https://www.cs.toronto.edu/~kriz/", {"cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8"}
    ),
    "fashion_mnist": _idx(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    "kmnist": _idx(
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
    "mnist": _idx(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    "svhn": _md5(
        "http://ufldl.stanford.edu/housenumbers/",
        {"train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373", "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3"},
    ),
    "usps": _md5(
        "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",
        {"usps.bz2": "ec16c51db3855ca6c91edd34d0e9b197", "usps.t.bz2": "8ea070ee2aca1ac39742fdd1ef5ed118"},
    ),
}
"""The official files of the datasets that are downloaded, in forms that hold no pickled objects."""


def _bundled(features: int, transform: str, *counts: int) -> Material:
    return Material((features,), (counts,), "sklearn", transform)


def _pictures(name: str, shape: tuple[int, ...], form: str, *counts: tuple[int, ...]) -> Material:
    return Material(shape, counts, form, "scale", REMOTES[name].files)


_MNIST = (
    (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
)
_SVHN = (
    (4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659),
    (1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595),
)
_USPS = (
    (1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644),
    (359, 264, 198, 166, 200, 160, 170, 147, 166, 177),
)

SOURCES = {
    "cifar10": _pictures("cifar10", (3, 32, 32), "cifar", (5000,) * 10, (1000,) * 10),
    "cifar100": _pictures("cifar100", (3, 32, 32), "cifar", (500,) * 100, (100,) * 100),
    "fashion_mnist": _pictures("fashion_mnist", (1, 28, 28), "idx", (6000,) * 10, (1000,) * 10),
    "kmnist": _pictures("kmnist", (1, 28, 28), "idx", (6000,) * 10, (1000,) * 10),
    "mnist": _pictures("mnist", (1, 28, 28), "idx", *_MNIST),
    "sklearn.breast_cancer": _bundled(30, "standardise", 212, 357),
    "sklearn.digits": _bundled(64, "scale", 178, 182, 177, 183, 181, 182, 181, 179, 174, 180),
    "sklearn.iris": _bundled(4, "standardise", 50, 50, 50),
    "sklearn.wine": _bundled(13, "standardise", 59, 71, 48),
    "svhn": _pictures("svhn", (3, 32, 32), "svhn", *_SVHN),
    "usps": _pictures("usps", (1, 16, 16), "svmlight", *_USPS),
}
"""The datasets that scikit-learn brings along, and those that are downloaded."""


def is_form_of(shape: tuple[int, ...], official: tuple[int, ...]) -> bool:
    """Whether arrays of a shape can hold the pictures of a dataset: as they are, without the axis of one channel, or
    with the channels last."""
    return shape in (official, (*official[1:], official[0])) or (official[0] == 1 and shape == official[1:])
