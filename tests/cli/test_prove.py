import dataclasses
import json
from pathlib import Path

import pytest

from racelet.cli.main import main
from racelet.synth.prove import subject
from racelet.synth.prove.subject import subjects
from tests.synth.prove.broken import FaultySlice


def test_properties_and_their_results_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "proofs.json"
    assert main(["prove", "dwcpwc", "--component", "stream_slice", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["block"] == "dwcpwc"
    found = {each["name"]: (each["component"], each["result"]) for each in result["properties"]}
    assert found["o: valid stays until ready"] == ("stream_slice", "proved")
    assert found["o: a beat moves"] == ("stream_slice", "covered")
    assert all(each["depth"] > 0 for each in result["properties"])
    assert "11 proved" in capsys.readouterr().out


def test_a_planted_fault_is_found_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (whole,) = (each for each in subjects() if each.name == "stream_slice")
    broken = dataclasses.replace(whole, make=lambda: FaultySlice("withdraws"))
    monkeypatch.setattr(subject, "subjects", lambda: (broken,))
    assert main(["prove", "dwcpwc", "--waves", str(tmp_path / "waves")]) == 1
    shown = capsys.readouterr().out
    file = tmp_path / "waves" / "stream_slice-o-valid-stays-until-ready.vcd"
    assert str(file) in shown
    assert "$enddefinitions" in file.read_text()


def test_an_unknown_component_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "dwcpwc", "--component", "slice"]) == 2
    assert "--component must be one of activation_buffer, " in capsys.readouterr().err


def test_components_and_blocks_to_choose_from_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "adc", "--component", "slice"]) == 2
    assert "--component must be one of adc_axi_shell, calibrator, " in capsys.readouterr().err
    assert main(["prove", "ad"]) == 2
    assert "BLOCK must be one of dwcpwc, bitlet, racetrack, adc, not ad" in capsys.readouterr().err
