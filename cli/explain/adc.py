"""``racelet explain adc``: a dot product in memory: currents that add, and the codes that an ADC makes of them."""

from pathlib import Path

import click

from racelet.cli.config import ConfigError, brief
from racelet.cli.explain.conversion_rows import page, picture
from racelet.cli.explain.conversion_text import spoken
from racelet.cli.explain.conversions import converted
from racelet.cli.explain.memory_product import told
from racelet.cli.explain.target import check_picture, picture_option
from racelet.cli.output import check_writable, json_option, write_json, write_whole
from racelet.golden.adc.config import Kind
from racelet.golden.adc.macro_config import MacroConfig

EPILOG = """\b
Examples:
  racelet explain adc
  racelet explain adc --calibrate
  racelet explain adc --kind flash --noise 1
  racelet explain adc --activations 1,1,0,1 --weights 1,1,1,-1 --bits 3
  racelet explain adc --alpha 2 --picture conversions.svg
"""
ACTIVATIONS = "3,1,2,0,3,2,1,3,2,3,1,3"
WEIGHTS = "1,-2,1,1,1,-1,-2,1,1,1,-2,1"
MOST = 32
"""Rows that are shown at once."""


@click.command(epilog=EPILOG)
@click.option("--activations", default=ACTIVATIONS, show_default=True, metavar="A,...", help="From 0 on: the rows'.")
@click.option("--weights", default=WEIGHTS, show_default=True, metavar="W,...", help="As many; in the cells.")
@click.option("--bits", type=click.IntRange(2, 6), default=4, show_default=True, help="Of a code.")
@click.option("--kind", type=click.Choice(["sar", "flash"]), default="sar", show_default=True, help="ADC.")
@click.option("--vote", is_flag=True, help="Of a SAR: the last bit is compared three times.")
@click.option("--alpha", type=float, default=1.0, show_default=True, metavar="A", help="MAC values between levels.")
@click.option("--spread", type=float, default=0.1, show_default=True, metavar="S", help="Of cells that are on.")
@click.option("--offset", type=float, default=0.5, show_default=True, metavar="S", help="Spread of ADCs' offsets.")
@click.option("--gain", type=float, default=0.03, show_default=True, metavar="S", help="Spread of columns' gains.")
@click.option("--noise", type=float, default=0.15, show_default=True, metavar="S", help="Spread of what looks add.")
@click.option("--calibrate", is_flag=True, help="Calibrate the ADCs first.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=10, show_default=True, help="Of cells and noise.")
@picture_option
@json_option
def command(
    activations: str,
    weights: str,
    bits: int,
    kind: Kind,
    vote: bool,
    alpha: float,
    spread: float,
    offset: float,
    gain: float,
    noise: float,
    calibrate: bool,
    seed: int,
    target: Path | None,
    json_file: str | None,
) -> None:
    """Show a dot product in memory.

    A bit of each activation switches a row of cells on, whose currents add on two columns, one of positive weights and
    one of negative ones. An ADC compares their difference with thresholds and finds a code. Spreads are standard
    deviations, in currents of a cell that is on.
    """
    check_writable(json_file)
    check_picture(target)
    rows, cells = _numbers("--activations", activations), _numbers("--weights", weights)
    if len(rows) != len(cells):
        raise ConfigError(f"--weights must be as many numbers as --activations, {len(rows)}, not {len(cells)}")
    if vote and kind == "flash":
        raise ConfigError("--vote is of --kind sar: a flash compares once with every threshold")
    try:
        macro = MacroConfig(low_spread=spread, offset_spread=offset, gain_spread=gain, sense_noise=noise)
        how = {"bits": bits, "kind": kind, "vote": vote, "alpha": alpha, "calibrate": calibrate, "seed": seed}
        found = converted(rows, cells, macro, **how)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error
    if target is not None:
        write_whole(target, (picture(found) if target.suffix == ".svg" else page(found)).encode())
    if json_file is not None:
        write_json(told(found), json_file)
    if json_file != "-":
        click.echo(spoken(found))


def _numbers(option: str, text: str) -> list[int]:
    try:
        numbers = [int(each) for each in text.split(",")]
    except ValueError as error:
        raise ConfigError(f"{option} must be whole numbers with commas between, not {brief(text)}") from error
    if len(numbers) > MOST:
        raise ConfigError(f"{option} must be 1..{MOST} numbers, not {len(numbers)}")
    return numbers
