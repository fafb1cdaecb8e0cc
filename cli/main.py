"""``racelet``: the group of verbs, and what becomes of an error."""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

import click

from racelet.cli.interrupt import Interruption, interruptible

VERBS: dict[str, tuple[str, str]] = {
    "list": ("list", "Blocks and presets, one line each."),
    "generate": ("generate", "Write a block as Verilog, with a manifest."),
    "verify": ("verify", "Check a block's hardware against its golden model, in simulation."),
    "synth": ("synth", "Measure area and clock frequency of a block on an FPGA."),
    "prove": ("prove", "Prove what always holds in a block's hardware, for every input."),
    "mutate": ("mutate", "Break a block's hardware: do its benches notice?"),
    "coverage": ("coverage", "Which lines and bits of a block's hardware do its benches reach?"),
    "run": ("run", "Run a whole network on the hardware, in simulation."),
    "explain": ("explain.command", "The idea of a block, step by step, on given numbers."),
    "train": ("train", "Train networks for the noise of the hardware that runs them."),
    "bench": ("bench", "Measure again what the documentation quotes."),
}
"""Name of each verb: its module below ``racelet.cli`` and its line in ``racelet --help``."""

INTERRUPTED = 130
"""Status of a verb that was interrupted and has told what it had finished."""

EPILOG = """\b
Examples:
  racelet run digits                        the shipped network, on the RTL
  racelet list                              what there is
  racelet generate dwcpwc -o out            Verilog for your FPGA
  racelet verify dwcpwc --preset tiny       every bench of the block

\b
Exit status: 0 done and all equal, 1 ran and something differs, 2 the request
cannot be met, 130 interrupted. RACELET_DEBUG=1 shows where an error came from.
"""


class Verbs(click.Group):
    """A group whose verbs are imported when they run; the list of them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of a first session."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name; its module's ``command``."""
        if cmd_name not in VERBS:
            return None
        return importlib.import_module(f"racelet.cli.{VERBS[cmd_name][0]}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of the verbs from ``VERBS``."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"racelet {version('racelet')}")
        context.exit()


@click.group(
    cls=Verbs, epilog=EPILOG, subcommand_metavar="VERB ...", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print it.")
def racelet() -> None:
    """Generate, verify and measure RTL for memory-centric neural-network inference."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str or None
        What follows ``racelet``; those of the process if None.

    Returns
    -------
    int
        Exit status: 0, 1 (something differs), 2 (the request cannot be met: one sentence on standard error) or 130
        (interrupted); 143 and 129 if it was a request to end, or the terminal was closed.
    """
    with interruptible() as interruption:
        try:
            status = _run(arguments, interruption)
        except (KeyboardInterrupt, click.Abort):
            status = interruption.status
    if status == interruption.status:
        click.echo(interruption.sentence, err=True)
    return status


def _run(arguments: Sequence[str] | None, interruption: Interruption) -> int:
    try:
        status = racelet.main(args=None if arguments is None else list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # Whoever read the output has seen enough. Of a broken pipe click makes SystemExit, and of nothing else here.
        _drop_output()
        return 0
    except click.Abort:
        raise
    except click.ClickException as error:
        error.show()
        return 2
    except Exception as error:
        if interruption.number:
            # Libraries make other errors of an interrupt: an import that was interrupted, for one.
            return interruption.status
        if os.environ.get("RACELET_DEBUG"):
            raise
        _drop_output()
        click.echo(f"racelet: {sentence(error)}", err=True)
        return 2
    # A verb that was interrupted and kept what it had says so by its status.
    return interruption.status if status == INTERRUPTED else status if isinstance(status, int) else 0


def _drop_output() -> None:
    """Let go of output that cannot be written; else the interpreter tries once more at its end, and complains."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def sentence(error: Exception) -> str:
    """An error as a sentence for a person.

    Parameters
    ----------
    error : Exception
        Errors about the request (``ValueError``, ``OSError``, those defined in racelet) speak for themselves; any
        other is a fault of Racelet's, and is called one.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence(ValueError("AdcConfig.code_width must be in 2..7, not 9"))
    'AdcConfig.code_width must be in 2..7, not 9'
    >>> sentence(FileNotFoundError(2, "No such file or directory", "a.tflite"))
    'a.tflite: no such file or directory'
    >>> sentence(KeyError("depth"))
    "a fault of racelet's own: KeyError: 'depth' (RACELET_DEBUG=1 shows where)"
    """
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror[:1].lower() + error.strerror[1:]
        return f"{error.filename}: {reason}" if error.filename is not None else reason
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    text = str(error).strip()
    ours = type(error).__module__.startswith("racelet.")
    if text and (ours or isinstance(error, ValueError | OSError)):
        return text
    return f"a fault of racelet's own: {type(error).__name__}: {text} (RACELET_DEBUG=1 shows where)"


if __name__ == "__main__":
    sys.exit(main())
