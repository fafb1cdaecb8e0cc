import sys
from pathlib import Path

import pytest

from racelet.sim.errors import ToolError, ToolTimeout
from racelet.sim.process import run_tool


def test_a_tool_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    child = "import time; time.sleep(60); open('late', 'w')"
    call = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(ToolTimeout, match=r"^python took more than 0\.5 s\.$"):
        run_tool("python", [sys.executable, "-c", call], tmp_path, seconds=0.5)
    assert not (tmp_path / "late").exists()


def test_a_tool_that_is_in_time_is_left_alone(tmp_path: Path) -> None:
    assert run_tool("python", [sys.executable, "-c", "print(1)"], tmp_path, seconds=60) == "1\n"
    with pytest.raises(ToolError, match="python failed with status 3"):
        run_tool("python", [sys.executable, "-c", "exit(3)"], tmp_path, seconds=60)
