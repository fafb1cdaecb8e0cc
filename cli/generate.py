"""``racelet generate``: a block as Verilog."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from racelet.cli.config import block_named, config_options, load
from racelet.cli.output import check_writable, json_option, print_table, write_json

if TYPE_CHECKING:
    from racelet.synth.verilog import Generated

EPILOG = """\b
Examples:
  racelet generate dwcpwc --preset small -o out
  racelet generate dwcpwc --preset large --set requantizers=8 -o out
  racelet generate dwcpwc --config mine.toml -o out --json -
"""


@click.command(epilog=EPILOG)
@click.argument("block")
@config_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write into."
)
@json_option
def command(
    block: str, preset: str | None, config: Path | None, settings: tuple[str, ...], output: Path, json_file: str | None
) -> None:
    """Write BLOCK as Verilog, with a manifest, a FuseSoC core file and a page on how to use it.

    The same request gives the same bytes. Either all files are written or none; files that racelet did not write are
    never replaced.
    """
    chosen = block_named(block)
    shape = load(chosen, preset, config, settings)
    check_writable(json_file)
    from racelet.synth.verilog import generate

    generated: Generated = generate(chosen.name, chosen.component(shape), shape, output)
    if json_file is not None:
        write_json({"block": chosen.name, "folder": output, **generated.manifest}, json_file)
        if json_file == "-":
            return
    click.echo(f"{output}:")
    print_table(["file", "bytes"], [(name, size) for name, size in generated.sizes.items()])
