"""Where data are looked for, and what their headers say: `check` opens files no further than that.

A dataset by name is in the user's directory of data, or else what the table says of the official files. A path names
an npz file, a folder of idx files or a folder of pictures, one subfolder a class, inside the specification's project.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from catlearn.theory.sources import SOURCES, Material


class Refused(NamedTuple):
    """Why a path cannot be opened; `outside` where it leads out of the project."""

    message: str
    outside: bool = False


class Materials(Protocol):
    """What is known of data without opening them further than their headers."""

    def named(self, name: str) -> Material | Refused | None:
        """The material of a dataset of the table, None where the table has no such name."""
        ...

    def at(self, path: str) -> Material | Refused:
        """The material at a path in the project, which holds no `..`."""
        ...


class OnDisk(NamedTuple):
    """Data on disk: the folder of the project, and the user's directory of data, if there is one."""

    project: Path
    data: Path | None

    def named(self, name: str) -> Material | Refused | None:
        """From the user's directory where it has the dataset, else as the table says."""
        official = SOURCES.get(name)
        if official is None or not official.files or self.data is None:
            return official
        return _in_directory(self.data, name, official)

    def at(self, path: str) -> Material | Refused:
        """From a file or a folder of the project; links are not followed."""
        place = self.project
        for part in path.split("/"):
            place = place / part
            if place.is_symlink():
                return Refused(f"found `{place}`, a symbolic link, required data inside the project", True)
        return _own(place)


class Recorded(NamedTuple):
    """Data as a document recorded them, by name or path: the files themselves may be gone."""

    materials: Mapping[str, Material]

    def named(self, name: str) -> Material | Refused | None:
        """As recorded, else as the table says."""
        return self.materials.get(name, SOURCES.get(name))

    def at(self, path: str) -> Material | Refused:
        """As recorded."""
        return self.materials.get(f"./{path}") or Refused(
            f"found no data at `{path}`, required an npz file or a folder in the project"
        )


NOWHERE = Recorded({})
"""Of a text that is checked by itself only the table is known."""


# Headers are read only where there are files: this keeps the reading of archives out of every other check.


def _in_directory(data: Path, name: str, official: Material) -> Material | Refused:
    """A dataset of the table in a directory of data, else the official one."""
    from catlearn.theory.formats.folders import named_material

    def found() -> Material:
        folder = _folder(data, name)
        return (named_material(folder, official) if folder else None) or official

    return _looked_into(found, data)


def _own(place: Path) -> Material | Refused:
    from catlearn.theory.formats.folders import own_material

    return _looked_into(lambda: own_material(place), place)


def _looked_into(material: Callable[[], Material], place: Path) -> Material | Refused:
    from catlearn.theory.formats.arrays import readable
    from catlearn.theory.formats.flaw import Flaw

    try:
        with readable(place):
            return material()
    except Flaw as flaw:
        return Refused(f"in `{place}`: {flaw}")


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _folder(data: Path, name: str) -> Path | None:
    """The folder of a dataset in a directory of data: `cifar-10` and `CIFAR10` are both of `cifar10`."""
    found = sorted(path for path in data.iterdir() if _squeezed(path.name) == _squeezed(name)) if data.is_dir() else []
    return next((path for path in found if path.is_dir()), None)
