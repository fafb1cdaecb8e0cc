"""``racelet explain``: the idea of a block, step by step, on given numbers."""

import importlib

import click

from racelet.cli.config import ConfigError, brief

BLOCKS: dict[str, tuple[str, str]] = {
    "bitlet": ("bitlet", "A dot product by bit distillation: the ones of every column fall together."),
    "racetrack": ("racetrack", "A word on a track is permuted into another: skyrmions move, none is made or lost."),
    "adc": ("adc", "A dot product in memory: currents of cells add, and an ADC finds the level next to their sum."),
}
"""Name of each block that can be explained: its module beside this one and its line in ``racelet explain --help``."""

EPILOG = """\b
Examples:
  racelet explain bitlet
  racelet explain bitlet --width 9 --picture steps.svg
  racelet explain racetrack
  racelet explain racetrack --old 0b1100 --new 0b1010 --picture steps.html
  racelet explain adc --calibrate

\b
Every block has options of its own: racelet explain BLOCK --help. Each draws a
picture (--picture F.svg, or F.html) and writes JSON (--json FILE).
"""


class Blocks(click.Group):
    """A group whose blocks are imported when they are explained."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All blocks, in the order of ``racelet list``."""
        return list(BLOCKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """What explains the block of that name."""
        if cmd_name not in BLOCKS:
            raise ConfigError(f"BLOCK must be one of {', '.join(BLOCKS)}, not {brief(cmd_name)}")
        return importlib.import_module(f"racelet.cli.explain.{BLOCKS[cmd_name][0]}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of the blocks from ``BLOCKS``."""
        with formatter.section("Blocks"):
            formatter.write_dl([(name, line) for name, (_, line) in BLOCKS.items()])


@click.group(cls=Blocks, epilog=EPILOG, subcommand_metavar="BLOCK ...")
def command() -> None:
    """Show how BLOCK works, on given numbers."""
