"""The wheel, the sdist and the wheel built from the sdist hold what the tree holds."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.contract.tree import LAYERS, ROOT, files, layer_files


def _build(source: Path, kind: str, out: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(out), str(source)],
        capture_output=True,
        text=True,
        check=False,
        cwd=out.parent,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(ROOT, "sdist", tmp_path_factory.mktemp("build") / "sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(sdist, folder)
    (top,) = folder.iterdir()
    return top


def _modules(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def test_both_wheels_and_the_sdist_hold_the_tree(sdist: Path, unpacked: Path, tmp_path: Path) -> None:
    expected = sorted(f"racelet/{path.as_posix()}" for path in layer_files())
    from_tree = _build(ROOT, "wheel", tmp_path / "tree")
    assert _modules(from_tree) == expected
    assert _modules(_build(unpacked, "wheel", tmp_path / "sdist")) == expected

    with zipfile.ZipFile(from_tree) as archive:
        names = archive.namelist()
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "racelet = racelet.cli.start:start" in archive.read(entry_points).decode()
        for path in layer_files():
            assert archive.read(f"racelet/{path.as_posix()}") == (ROOT / path).read_bytes()

    with tarfile.open(sdist) as archive:
        held = {Path(*Path(member.name).parts[1:]) for member in archive.getmembers() if member.isfile()}
    assert held - {Path("PKG-INFO")} == set(files())


def test_every_layer_is_packaged_and_mapped() -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    wheel = hatch["targets"]["wheel"]
    assert sorted(wheel["only-include"]) == list(LAYERS)
    assert wheel["sources"] == {layer: f"racelet/{layer}" for layer in LAYERS}
