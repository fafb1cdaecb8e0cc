"""What the outcome of a bench depends on: the text of its module and of all it imports of racelet."""

import ast
import importlib.util
from pathlib import Path


def closure(module: str) -> dict[str, Path]:
    """A module and everything of racelet that it imports, directly or not, with their files.

    Examples
    --------
    >>> sorted(closure("racelet.sim.errors"))
    ['racelet.sim.errors']
    """
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        ours = name == module or name.startswith("racelet.")
        file = _file(name) if ours else None
        if file is None:
            continue
        found[name] = file
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def texts(module: str) -> list[str]:
    """Names and texts of :func:`closure`, in alphabetical order."""
    return [part for name, file in sorted(closure(module).items()) for part in (name, file.read_text(encoding="utf-8"))]


def _file(name: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None
