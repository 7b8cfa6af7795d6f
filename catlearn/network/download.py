"""The official files of datasets, fetched once into the user's cache and verified each time they are read."""

from collections.abc import Sequence
from pathlib import Path

import pooch

from catlearn.store.store import StoreError
from catlearn.theory.sources import REMOTES, File

TIMEOUT = 60
"""Seconds without an answer after which a download is given up."""


def official(name: str) -> Path:
    """The folder in the cache that holds the official files of a dataset. Raises `StoreError`."""
    remote = REMOTES[name]
    return fetched(name, remote.address, remote.files, Path(pooch.os_cache("catlearn")) / name)


def fetched(name: str, address: str, files: Sequence[File], folder: Path) -> Path:
    """The folder with files from an address, each with its checksum: those that are missing or damaged are downloaded.

    Raises `StoreError` where that fails, or the bytes at the address are others."""
    for file in files:
        try:
            pooch.retrieve(
                url=f"{address.rstrip('/')}/{file.name}",
                known_hash=file.checksum,
                fname=file.name,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT) if address.startswith("http") else None,
            )
        except (OSError, ValueError) as failure:
            why = " ".join(str(failure).split())
            raise StoreError(
                f"cannot download {file.name} of {name} from {address}: {why}; put its official files into DIR/{name}"
                " and name DIR by --data or CATLEARN_DATA"
            ) from failure
    return folder
