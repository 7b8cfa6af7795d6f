"""What no script can be written for."""

from collections.abc import Collection

from pydantic import BaseModel


class NotEmitted(Exception):
    """A run that uses what a standalone script cannot express. The message names it and says what can be written."""


def refuse_others(node: BaseModel, known: Collection[str], what: str) -> None:
    """Raises `NotEmitted` where a node of a plan says more than scripts can: a field that is not `known` and not at
    its default. What a plan gains later is thereby refused until a script can do it, and never left out silently."""
    for name, field in type(node).model_fields.items():
        value = getattr(node, name)
        if name not in known and (field.is_required() or value != field.get_default()):
            raise NotEmitted(f"{what} has `{name} = {value}`, which has no standalone form: emit runs without it")
