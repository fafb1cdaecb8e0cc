import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from racelet.cli import verify
from racelet.cli.blocks import BLOCKS
from racelet.cli.main import main
from racelet.cli.verify import Case, Outcome


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quick benches in place of the block's own."""
    monkeypatch.setattr(verify, "benches", lambda _: dict.fromkeys(("adder", "filter"), "tests.cli.sample_benches"))


@pytest.mark.parametrize(("seed", "status", "said"), [(1, 0, "pass"), (2, 1, "fail"), (3, 2, "error")])
def test_the_exit_status_says_what_came_of_it(
    seed: int, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    arguments = ["verify", "dwcpwc", "--seed", str(seed), "--jobs", "1", "--json", str(file)]
    assert main(arguments) == status
    result = json.loads(file.read_text())
    assert (result["block"], result["seed"], result["passed"], result["total"]) == ("dwcpwc", seed, seed == 1, 2)
    assert [(bench["bench"], bench["config"], bench["status"]) for bench in result["benches"]] == [
        ("adder", "small", said),
        ("filter", "small", said),
    ]
    shown = capsys.readouterr().out
    assert "noise" not in shown
    assert f"{2 if seed == 1 else 0} of 2 pass; seed {seed}" in shown
    assert ("adder on small: byte 3: 7 is not 8" in shown) is (said == "fail")
    assert ("adder on small: OSError: no simulator" in shown) is (said == "error")


def test_benches_run_in_processes_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "dwcpwc", "--seed", "2", "--jobs", "2"]) == 1
    assert "adder on small: byte 3: 7 is not 8" in capsys.readouterr().out


def test_every_preset_asked_for_is_run_once(capsys: pytest.CaptureFixture[str]) -> None:
    presets = ["--preset", "tiny", "--preset", "large", "--preset", "tiny"]
    assert main(["verify", "dwcpwc", *presets, "--seed", "1", "--jobs", "1", "--json", "-"]) == 0
    benches = json.loads(capsys.readouterr().out)["benches"]
    assert [(bench["config"], bench["bench"]) for bench in benches] == [
        ("large", "adder"),
        ("large", "filter"),
        ("tiny", "adder"),
        ("tiny", "filter"),
    ]


def test_all_stands_for_every_preset_and_every_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "all", "--preset", "all", "--seed", "1", "--jobs", "1", "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {bench["block"] for bench in result["benches"]} == set(BLOCKS)
    assert result["total"] == 2 * sum(len(block.presets()) for block in BLOCKS.values())


def test_waves_are_written_per_bench_and_preset(tmp_path: Path) -> None:
    folder = tmp_path / "waves"
    arguments = ["verify", "dwcpwc", "--set", "layers=9", "--bench", "adder", "--seed", "1", "--waves", str(folder)]
    assert main(arguments) == 0
    (file,) = folder.iterdir()
    assert file.name == "dwcpwc-small-adder.vcd"
    assert "layers=9" in file.read_text()


def test_a_new_seed_is_drawn_and_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify.secrets, "randbelow", lambda _: 1)
    assert main(["verify", "dwcpwc", "--jobs", "1"]) == 0
    assert "seed 1" in capsys.readouterr().out


def test_an_interrupted_run_leaves_what_it_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(cases: Sequence[Case], jobs: int) -> Iterator[Outcome]:
        assert jobs == 2
        yield verify.run_case(cases[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "run", interrupted)
    file = tmp_path / "r.json"
    assert main(["verify", "dwcpwc", "--seed", "1", "--jobs", "2", "--json", str(file)]) == 130
    result = json.loads(file.read_text())
    assert (result["passed"], result["total"], len(result["benches"])) == (False, 2, 1)
    assert "1 of 2 pass" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["dwcpwc", "--bench", "adde"], "--bench must be one of adder, filter, not adde"),
        (["all", "--set", "layers=9"], "--config and --set belong to one block"),
        (["dwcpwc", "--preset", "tiny", "--config", "f.toml"], "exclude each other"),
        (["dwcpwc", "--set", "layers=0"], "DwcPwcConfig.layers must be in 1..256, not 0"),
    ],
)
def test_a_wrong_request_is_named(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments]) == 2
    assert named in capsys.readouterr().err


def test_a_block_without_benches_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify, "benches", lambda _: {})
    assert main(["verify", "dwcpwc"]) == 2
    assert "dwcpwc has no benches yet" in capsys.readouterr().err
