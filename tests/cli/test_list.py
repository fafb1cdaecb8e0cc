import json

import pytest

from racelet.cli.blocks import BLOCKS
from racelet.cli.main import main


def test_every_block_and_preset_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for block in BLOCKS.values():
        assert f"{block.name}: {block.summary}." in lines
        for preset in block.presets():
            assert sum(line.split()[0] == preset for line in lines) == sum(
                preset in each.presets() for each in BLOCKS.values()
            )
        assert sum(line.strip().startswith(f"{block.shell_name}: ") for line in lines) == bool(block.shell_class)
    assert len(lines) == sum(2 + bool(block.shell_class) + len(block.presets()) for block in BLOCKS.values())


def test_json_holds_every_field_of_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json", "-"]) == 0
    blocks = json.loads(capsys.readouterr().out)["blocks"]
    assert [block["name"] for block in blocks] == list(BLOCKS)
    assert [block["shell"] for block in blocks] == [
        f"{name}_axi" if block.shell_class else None for name, block in BLOCKS.items()
    ]
    for block in blocks:
        for name, fields in block["presets"].items():
            assert BLOCKS[block["name"]].config_type()(**fields) == BLOCKS[block["name"]].presets()[name]
