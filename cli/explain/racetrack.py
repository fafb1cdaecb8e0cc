"""``racelet explain racetrack``: a word is permuted into another, or read, step by step."""

from pathlib import Path

import click

from racelet.cli.config import ConfigError, brief
from racelet.cli.explain.target import check_picture, picture_option
from racelet.cli.explain.track_page import page
from racelet.cli.explain.track_rows import picture
from racelet.cli.explain.track_table import spoken
from racelet.cli.explain.walk import Walk, read_walk, told, write_walk
from racelet.cli.output import check_writable, json_option, write_json, write_whole
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig

EPILOG = """\b
Examples:
  racelet explain racetrack
  racelet explain racetrack --old 0b1100 --new 0b1010 --engine cw_known
  racelet explain racetrack --new 0xff --engine pw --words-per-port 2 --slot 1
  racelet explain racetrack --read --old 0x5a --port 1 --picture reading.svg
  racelet explain racetrack --picture permutation.html --json -
"""
OLD, NEW = "0b11010010", "0b01011001"
ENGINE: Engine = "cw"


@click.command(epilog=EPILOG)
@click.option("--old", default=OLD, show_default=True, metavar="WORD", help="What is there; decimal, 0x... or 0b...")
@click.option("--new", metavar="WORD", help=f"What is written in its place.  [default: {NEW}]")
@click.option("--engine", type=click.Choice(ENGINES), help=f"How it is written.  [default: {ENGINE}]")
@click.option("--read", "reading", is_flag=True, help="Read the old word; write nothing.")
@click.option("--word-bits", default=8, show_default=True, metavar="N", help="Bits of a word, 8 to 64.")
@click.option("--ports", default=2, show_default=True, metavar="N", help="Access ports, 1 to 32.")
@click.option("--port", default=0, show_default=True, metavar="N", help="The one that is used; 0 is the leftmost.")
@click.option("--words-per-port", default=1, show_default=True, metavar="N", help="Words left of a port, 1 to 8.")
@click.option("--slot", default=0, show_default=True, metavar="N", help="The one that is used; 0 is beside the port.")
@click.option("--fill", metavar="WORD,...", help="The other words, in turn.  [default: bits 1 and 0 in turn]")
@picture_option
@json_option
def command(
    old: str,
    new: str | None,
    engine: Engine | None,
    reading: bool,
    word_bits: int,
    ports: int,
    port: int,
    words_per_port: int,
    slot: int,
    fill: str | None,
    target: Path | None,
    json_file: str | None,
) -> int:
    """Show how a word on a track becomes another.

    A track is a row of sites with a skyrmion (1) or without (0). A port looks at one site, makes a skyrmion there or
    deletes it; a shift moves all sites, or those up to a port, or those from it on, by one. Engines of constant weight
    (cw, cw_early, cw_known) write words of as many ones as those that are there, by shifts alone.
    """
    check_writable(json_file)
    check_picture(target)
    if reading and (new is not None or engine is not None):
        raise ConfigError(f"--read excludes {'--new' if new is not None else '--engine'}: nothing is written then")
    how = engine or ENGINE
    try:
        config = RacetrackConfig(word_bits=word_bits, ports=ports, words_per_port=words_per_port, engines=(how,))
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error
    for option, value, most, of in (
        ("--port", port, ports, "--ports"),
        ("--slot", slot, words_per_port, "--words-per-port"),
    ):
        if not 0 <= value < most:
            raise ConfigError(f"{option} must be in 0..{most - 1} ({of} is {most}), not {value}")
    there = _word("--old", old, word_bits)
    turns = int("10" * 32, 2) >> 64 - word_bits
    others = [turns] if fill is None else [_word("--fill", each, word_bits) for each in fill.split(",")]
    if reading:
        return _show(read_walk(config, there, port=port, slot=slot, fill=others), target, json_file)
    wanted = _word("--new", NEW if new is None else new, word_bits)
    if how in CONSTANT_WEIGHT and wanted.bit_count() != there.bit_count():
        raise ConfigError(
            f"--new must have as many ones as --old, {there.bit_count()} (--engine {how} makes and deletes none; pw, "
            f"dcw and naive do), not {wanted.bit_count()}"
        )
    return _show(write_walk(config, how, there, wanted, port=port, slot=slot, fill=others), target, json_file)


def _show(walk: Walk, target: Path | None, json_file: str | None) -> int:
    if target is not None:
        write_whole(target, (picture(walk) if target.suffix == ".svg" else page(walk)).encode())
    if json_file is not None:
        write_json(told(walk), json_file)
    if json_file != "-":
        click.echo(spoken(walk))
    return 0 if walk.right else 1


def _word(option: str, text: str, word_bits: int) -> int:
    try:
        word = int(text, 0)
    except ValueError as error:
        raise ConfigError(
            f"{option} must be a whole number (decimal, 0x... or 0b...), not {brief(text) or 'empty'}"
        ) from error
    if not 0 <= word < 1 << word_bits:
        raise ConfigError(
            f"{option} must be in 0..{(1 << word_bits) - 1:#x} (--word-bits is {word_bits}), not {brief(text)}"
        )
    return word
