"""``racelet generate``: a block as Verilog."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from racelet.cli.blocks import Block
from racelet.cli.config import ConfigError, block_named, config_options, load, load_shell, split_settings
from racelet.cli.output import check_writable, json_option, print_table, write_json
from racelet.golden.lib.config import ShellConfig

if TYPE_CHECKING:
    from amaranth.lib.wiring import Component

    from racelet.synth.verilog import Generated

EPILOG = """\b
Examples:
  racelet generate dwcpwc --preset small -o out
  racelet generate dwcpwc --set shell.input_buffer_bytes=32768 -o out
  racelet generate dwcpwc --bare -o out
  racelet generate dwcpwc --preset large --set requantizers=8 -o out
  racelet generate dwcpwc --config mine.toml -o out --json -
  racelet generate dwcpwc --preset tiny --board ulx3s -o out
  racelet generate bitlet --set formats=int8,fp16 --set lanes=12 -o out
"""


@click.command(epilog=EPILOG)
@click.argument("block")
@config_options
@click.option("--bare", is_flag=True, help="The core with its stream ports, without the AXI shell.")
@click.option("--board", type=click.Choice(["ulx3s"]), help="A top for this board, and what makes its bitstream.")
@click.option("--baud", type=int, help="Bits per second of the board's serial port.  [default: 115200]")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write into."
)
@json_option
def command(
    block: str,
    preset: str | None,
    config: Path | None,
    settings: tuple[str, ...],
    bare: bool,
    board: str | None,
    baud: int | None,
    output: Path,
    json_file: str | None,
) -> None:
    """Write BLOCK as Verilog, with a manifest, a FuseSoC core file, a script for Vivado and a page on how
    to use it.

    The module BLOCK_axi has AXI4-Lite registers, with a page and a C header of them, and AXI4-Stream data; with --bare
    the module BLOCK is the core alone. Fields of the AXI shell are set as `--set shell.FIELD=VALUE`, or in a table
    [shell] of the file.

    With --board the accelerator is behind the board's serial port, and the folder has what makes the bitstream.

    The same request gives the same bytes. Either all files are written or none; files that racelet did not write are
    never replaced.
    """
    chosen = block_named(block)
    core_settings, shell_settings = split_settings(settings)
    shape = load(chosen, preset, config, core_settings)
    shell = load_shell(config, shell_settings)
    if bare and shell_settings:
        raise ConfigError("--bare writes no shell: leave out --bare or the settings of the shell")
    if not bare and not chosen.shell_class:
        raise ConfigError(f"{chosen.name} has no AXI shell yet: add --bare")
    if board is None and baud is not None:
        raise ConfigError("--baud is of a board's serial port: add --board ulx3s")
    if board is not None and (bare or shell_settings or chosen.name != "dwcpwc"):
        raise ConfigError("--board takes dwcpwc, without --bare and settings of the AXI shell")
    check_writable(json_file)
    if board is not None:
        generated = _for_board(shape, 115_200 if baud is None else baud, output)
    else:
        from racelet.synth.verilog import generate

        generated = (
            generate(chosen.name, chosen.component(shape), shape, output)
            if bare
            else generate(chosen.shell_name, _shell(chosen, shape, shell), shape, output, shell)
        )
    if json_file is not None:
        write_json({"folder": output, **generated.manifest}, json_file)
        if json_file == "-":
            return
    click.echo(f"{output}:")
    print_table(["file", "bytes"], [(name, size) for name, size in generated.sizes.items()])


def _shell(block: Block, shape: Any, shell: ShellConfig) -> "Component":
    try:
        return block.shell(shape, shell)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _for_board(shape: Any, baud: int, output: Path) -> "Generated":
    from racelet.synth.boards import ulx3s
    from racelet.synth.verilog import write

    try:
        texts = ulx3s.contents(shape, baud)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return write(ulx3s.NAME, texts, output)
