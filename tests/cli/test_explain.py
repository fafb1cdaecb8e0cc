"""``racelet explain``: the worked example as text, as a picture and for machines; wrong numbers are refused."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from racelet.cli.main import main

STEPS = (
    "   step 1: a5 a4 a2 a0 a0 a1 a1 a0 a1 a0  . a1   adds 197.46875",
    "   step 2:  .  . a5  . a3 a3 a2 a3 a4  .  .  .   adds 70.25",
    "   step 3:  .  .  .  .  . a5  .  . a5  .  .  .   adds 9",
    "   3 steps in place of 6: the sum is 276.71875, exact.",
)


def test_the_worked_example_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bitlet"]) == 0
    shown = capsys.readouterr().out
    for line in ("   w2            -17 = - 1.0001 x 2^4             a2 7 -> -7", "   w5  101001001000", *STEPS):
        assert line in shown.splitlines()


def test_a_sum_beyond_the_bits_of_a_float_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ["--weights", f"{2.0**100},1,{-(2.0**100)}", "--activations", "1,1,1"]
    assert main(["explain", "bitlet", *numbers]) == 0
    assert "the sum is 1, exact." in capsys.readouterr().out


def test_machines_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bitlet", "--width", "9", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"], told["exact"]) == (276.5, 276.71875)
    assert len(told["powers"]) == 9
    assert [step["sum"] for step in told["steps"]] == [197.25, 70.25, 9.0]


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_the_picture_has_every_digit(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"steps.{suffix}"
    assert main(["explain", "bitlet", "--picture", str(target)]) == 0
    text = target.read_text(encoding="utf-8")
    svg = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    falling = [each for each in ET.fromstring(svg).iter() if each.get("class") == "falls"]
    assert len(falling) == 19


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weights", "1,x"], "--weights must be numbers with commas between, not 1,x"),
        (["--weights", "1,2"], "--activations must be as many numbers as --weights, 2, not 6"),
        (["--weights", "300", "--activations", "1", "--format", "int8"], "int8 has no 300.0"),
        (["--weights", "inf", "--activations", "1"], "a number must be finite to be distilled, not inf"),
        (["--format", "fp8"], "a number format must be int2 to int24, fp16, bf16 or fp32, not 'fp8'"),
        (["--width", "wide"], "--width must be a number of columns or exact, not wide"),
        (["--digits", "csd4"], 'BitletConfig.digits must be "sign_magnitude" where formats has fp32'),
        (["--picture", "steps.png"], "--picture must be a file name ending in .svg or .html"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bitlet", *arguments]) == 2
    assert message in capsys.readouterr().err
