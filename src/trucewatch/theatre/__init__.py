"""Theatres: a conflict's places, actors, people and agreements as data, with a source for every row."""

from trucewatch.theatre.load import available, find, load_theatre, merge, unite, world
from trucewatch.theatre.model import Entity, Theatre, TheatreError

__all__ = ["Entity", "Theatre", "TheatreError", "available", "find", "load_theatre", "merge", "unite", "world"]
