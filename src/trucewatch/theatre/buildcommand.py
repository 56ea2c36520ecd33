"""``trucewatch theatre build``: the index of all theatres, ahead of the first reading."""

from __future__ import annotations

import time

import click

from trucewatch.theatre.kept import kept_dir
from trucewatch.theatre.model import TheatreError


@click.command()
@click.option("--names", metavar="FILE", help="Your names file, or none. Default: the one that read would use.")
def build(names: str | None) -> None:
    """Build the index of all theatres now (else the first reading does, and whenever a theatre has changed)."""
    from trucewatch.reading.lexicon import kept_lexicon
    from trucewatch.theatre.usernames import users_names

    begin = time.perf_counter()
    try:
        kept = kept_lexicon(users=users_names(names))
    except TheatreError as error:
        raise click.ClickException(str(error)) from error
    seconds = time.perf_counter() - begin
    if kept.path is None:
        raise click.ClickException(f"{kept_dir()} cannot be written. Set XDG_CACHE_HOME to a folder that can.")
    lexicon = kept.lexicon
    entities = sum(len(theatre.entities) for theatre in (*lexicon.theatres.values(), lexicon.world))
    click.echo(
        f"{len(lexicon.theatres)} theatres and the world: {entities:,} entities, {len(lexicon):,} spellings, "
        f"{kept.path.stat().st_size / 1e6:.1f} MB -> {kept.path}\n"
        f"digest {lexicon.digest}\n"
        f"{'built' if kept.anew else 'already there and true: opened'} in {seconds:.2f} s"
    )
