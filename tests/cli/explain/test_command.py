"""``racelet explain``: its blocks, and their pictures in the documentation."""

import re
from pathlib import Path

import pytest

from racelet.cli.explain.command import BLOCKS
from racelet.cli.main import main
from tests.contract.tree import ROOT


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_has_help_with_an_example(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--help"]) == 0
    assert BLOCKS[block][1].split(":")[0] in capsys.readouterr().out
    assert main(["explain", block, "--help"]) == 0
    shown = capsys.readouterr().out
    assert re.search(rf"Examples?:\n +racelet explain {block}", shown)
    assert "--json FILE" in shown
    assert "--picture F" in shown


def test_a_block_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "dwcpwc"]) == 2
    assert "BLOCK must be one of bitlet, racetrack, adc, not dwcpwc" in capsys.readouterr().err


@pytest.mark.parametrize(("block", "name"), [("bitlet", "bitlet-lanes"), ("racetrack", "racetrack-permute")])
def test_a_picture_of_the_documentation_is_what_is_drawn(block: str, name: str, tmp_path: Path) -> None:
    target = tmp_path / "steps.svg"
    assert main(["explain", block, "--picture", str(target)]) == 0
    assert target.read_bytes() == (ROOT / "docs/img" / f"{name}.svg").read_bytes()
