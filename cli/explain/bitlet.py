"""``racelet explain bitlet``: a dot product by bit distillation, step by step, on given numbers."""

from pathlib import Path
from typing import Literal

import click

from racelet.cli.config import ConfigError, brief
from racelet.cli.explain.distillation import distilled, spoken, told
from racelet.cli.explain.falling import page, picture
from racelet.cli.explain.target import check_picture, picture_option
from racelet.cli.output import check_writable, json_option, write_json, write_whole
from racelet.golden.bitlet.config import EXACT, BitletConfig, Digits

EPILOG = """\b
Examples:
  racelet explain bitlet
  racelet explain bitlet --weights 12.625,-17,6.5 --activations 3,7,-2
  racelet explain bitlet --weights 97,-128,5 --activations 3,-5,7 --format int8
  racelet explain bitlet --width 9 --picture steps.svg
  racelet explain bitlet --picture steps.html --json -
"""
WEIGHTS = "12.625,3.28125,-17,6.5,-32.25,82.25"
ACTIVATIONS = "3,-5,7,2,-1,4"
MOST = 64
"""Weights that are shown at once."""


@click.command(epilog=EPILOG)
@click.option("--weights", default=WEIGHTS, show_default=True, metavar="W,...", help="Numbers of the format.")
@click.option("--activations", default=ACTIVATIONS, show_default=True, metavar="A,...", help="As many of them.")
@click.option("--format", "form", default="fp32", show_default=True, help="int2 to int24, fp16, bf16 or fp32.")
@click.option(
    "--activation-format",
    metavar="FORM",
    help="Of the activations.  [default: that of the weights; of the example int8]",
)
@click.option("--width", default=EXACT, show_default=True, metavar="K", help="Columns that are kept, or exact.")
@click.option("--digits", type=click.Choice(["sign_magnitude", "csd4"]), default="sign_magnitude", show_default=True)
@picture_option
@json_option
def command(
    weights: str,
    activations: str,
    form: str,
    activation_format: str | None,
    width: str,
    digits: Digits,
    target: Path | None,
    json_file: str | None,
) -> None:
    """Show a dot product by bit distillation.

    Weights are lined up by the significance of their bits, and the ones of every column fall together: each step takes
    one of each column.
    """
    check_writable(json_file)
    check_picture(target)
    values = {name: _numbers(name, text) for name, text in (("--weights", weights), ("--activations", activations))}
    if len(values["--weights"]) != len(values["--activations"]):
        raise ConfigError(
            f"--activations must be as many numbers as --weights, {len(values['--weights'])}, "
            f"not {len(values['--activations'])}"
        )
    try:
        config = BitletConfig(formats=(form,), lanes=64, width=_width(width), digits=digits)
        beside = activation_format or ("int8" if activations == ACTIVATIONS else form)
        found = distilled(values["--weights"], values["--activations"], config, beside)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error
    if target is not None:
        write_whole(target, (picture(found) if target.suffix == ".svg" else page(found)).encode())
    if json_file is not None:
        write_json(told(found), json_file)
    if json_file != "-":
        click.echo(spoken(found))


def _numbers(option: str, text: str) -> list[float]:
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError as error:
        raise ConfigError(f"{option} must be numbers with commas between, not {brief(text)}") from error
    if len(numbers) > MOST:
        raise ConfigError(f"{option} must be 1..{MOST} numbers, not {len(numbers)}")
    return numbers


def _width(text: str) -> int | Literal["exact"]:
    if text != EXACT and not text.isdecimal():
        raise ConfigError(f"--width must be a number of columns or {EXACT}, not {brief(text)}")
    return EXACT if text == EXACT else int(text)
