"""The files of this checkout: what git knows or would add, and everything but caches where there is no git."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("bench", "cli", "golden", "hw", "nn", "sim", "synth", "train")

_LEFT_OUT = {".git", ".venv", ".hatch", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", "build", "dist"}


def files() -> list[Path]:
    """Every file, relative to the root, sorted; links are not followed and not listed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [Path(name.decode()) for name in listing.stdout.split(b"\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    kept = {name for name in names if not _LEFT_OUT & set(name.parts)}
    return sorted(name for name in kept if (ROOT / name).is_file() and not (ROOT / name).is_symlink())


def layer_files() -> list[Path]:
    """Every file of the layers: what the wheel holds."""
    return [path for path in files() if path.parts[0] in LAYERS]
