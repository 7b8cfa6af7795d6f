"""A figure: a picture with the words under it."""

from dataclasses import dataclass

from markupsafe import Markup

WIDE = 920.0
"""The width of a picture that fills the page's column, in CSS pixels."""


@dataclass(frozen=True)
class Figure:
    """A picture and its caption; small figures stand beside each other."""

    picture: Markup
    caption: str
    small: bool = False
