"""What a report says of the command that was given."""

from pathlib import Path

import click
import pytest

from racelet.cli.report.data import command_line


@click.command("run")
@click.argument("model")
@click.option("--inputs", type=click.Path(path_type=Path))
@click.option("--count", type=int, default=5)
@click.option("--set", "settings", multiple=True)
@click.option("--fold/--no-fold", default=True)
@click.option("-w", "--waves", type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path))
def _run(**_: object) -> None:
    click.echo(command_line(click.get_current_context()))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["digits", "--report", "x"], "racelet run digits --report DIR"),
        (["--count", "5", "digits"], "racelet run digits --count 5 --report DIR"),
        (["a/b/m.tflite", "--inputs", "c/d/"], "racelet run m.tflite --inputs d --report DIR"),
        (["m", "--set", "a=1", "--set", "b=2"], "racelet run m --set a=1 --set b=2 --report DIR"),
        (["m", "--no-fold"], "racelet run m --no-fold --report DIR"),
        (["m", "--fold", "-w", "a.vcd"], "racelet run m --fold --report DIR"),
        (["my model"], "racelet run 'my model' --report DIR"),
    ],
)
def test_the_command_is_told_without_folders_and_destinations(
    capsys: pytest.CaptureFixture[str], given: list[str], told: str
) -> None:
    _run.main(given, prog_name="run", standalone_mode=False)
    assert capsys.readouterr().out.strip() == told
