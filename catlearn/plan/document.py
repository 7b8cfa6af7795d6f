"""The base of everything that touches disk: frozen, strict, closed documents and their content digests."""

import hashlib
import json
import re
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

SCHEMA = 1


Parsed = TypeVar("Parsed", bound="Document")


class Document(BaseModel):
    """A serialised value: immutable, no unknown keys, no coercion. JSON is its form on disk."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ser_json_inf_nan="constants", serialize_by_alias=True
    )

    def to_json(self) -> str:
        """Indented JSON with a final newline."""
        return self.model_dump_json(indent=1) + "\n"


def parsed(kind: type[Parsed], text: str | None) -> Parsed | None:
    """The document that a text holds, None where there is no text or it holds no such document."""
    try:
        return None if text is None else kind.model_validate_json(text)
    except ValidationError:
        return None


def digests_in(text: str) -> frozenset[str]:
    """The digests that stand in a text."""
    return frozenset(re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text))


def digest(value: object) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of a JSON value in canonical form (sorted keys, no spaces).

    Infinities, as of distances, and NaN are the constants that documents write. Raises `TypeError` for what JSON cannot
    say."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
