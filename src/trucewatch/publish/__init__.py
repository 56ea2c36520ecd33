"""Readings made fit for people and for other programs: the page, the terminal, the map."""
