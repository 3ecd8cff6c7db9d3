"""Columns by their type, so that a revision reads as a list of names."""

from functools import partial

from tenancy.model import Column, Default, Type

text = partial(Column, type=Type.TEXT)
identifier = partial(Column, type=Type.UUID)
integer = partial(Column, type=Type.INTEGER)
bigint = partial(Column, type=Type.BIGINT)
boolean = partial(Column, type=Type.BOOLEAN, default=Default.FALSE)
date = partial(Column, type=Type.DATE)
moment = partial(Column, type=Type.TIMESTAMP)
json = partial(Column, type=Type.JSON)


def choice(name: str, *choices: str, default: str | None = None, fixed: bool = False, about: str = "") -> Column:
    """A text that is one of these words."""
    return Column(name=name, type=Type.TEXT, choices=choices, default=default, fixed=fixed, about=about)


def actor(name: str) -> Column:
    """Who made the row; the database sets it."""
    return Column(name=name, type=Type.TEXT, nullable=True, default=Default.ACTOR, fixed=True, personal=True)
