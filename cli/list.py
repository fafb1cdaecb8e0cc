"""``racelet list``: blocks and presets."""

import dataclasses

import click

from racelet.cli.blocks import BLOCKS, Block
from racelet.cli.output import check_writable, json_option, print_table, write_json

EPILOG = """\b
Examples:
  racelet list
  racelet list --json -
"""


@click.command(epilog=EPILOG)
@json_option
def command(json_file: str | None) -> None:
    """Print every block and preset, one line each."""
    check_writable(json_file)
    if json_file is not None:
        write_json({"blocks": [_described(block) for block in BLOCKS.values()]}, json_file)
        if json_file == "-":
            return
    for block in BLOCKS.values():
        click.echo(f"{block.name}: {block.summary}.")
        if block.shell_class:
            click.echo(f"  {block.shell_name}: the same with AXI4-Lite registers and AXI4-Stream data.")
        print_table(
            ["preset", "shape"],
            [(f"{name} (default)" if name == block.default else name, text) for name, text in shapes(block).items()],
        )


def shapes(block: Block) -> dict[str, str]:
    """For each preset, the fields in which the presets of its block differ.

    Examples
    --------
    >>> shapes(BLOCKS["dwcpwc"])["tiny"]
    'input_lanes=4 output_lanes=4 depthwise_lanes=1 requantizers=2 weight_beat_bytes=4 bandwidth=4'
    """
    configs = {name: dataclasses.asdict(config) for name, config in block.presets().items()}
    fields = next(iter(configs.values()))
    varying = [field for field in fields if len({config[field] for config in configs.values()}) > 1]
    return {name: " ".join(f"{field}={_brief(config[field])}" for field in varying) for name, config in configs.items()}


def _brief(value: object) -> str:
    """A value as ``--set`` takes it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _described(block: Block) -> dict[str, object]:
    presets = {name: dataclasses.asdict(config) for name, config in block.presets().items()}
    shell = block.shell_name if block.shell_class else None
    return {"name": block.name, "summary": block.summary, "shell": shell, "default": block.default, "presets": presets}
