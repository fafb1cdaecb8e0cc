"""Results of verification that are kept: JSON beside this module, and the part of a page that shows it."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).resolve().parent / "verification"
PAGE = FOLDER.parents[1] / "docs" / "verification.md"
"""Where the results are shown; only a checkout has it."""
_END = "<!-- end -->"

Kind = Literal["mutation", "coverage"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """What is kept of one kind of measurement on one block.

    Parameters
    ----------
    kind : {"mutation", "coverage"}
    block, preset : str
    settings : mapping of str to int
        Options of the verb that results depend on, such as ``seed``; the same for all components.
    components : mapping of str to mapping
        What was found, by the name of the component.
    """

    kind: Kind
    block: str
    preset: str
    settings: Mapping[str, int]
    components: Mapping[str, Mapping[str, Any]]

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return FOLDER / f"{self.kind}-{self.block}-{self.preset}.json"

    def content(self) -> bytes:
        """The file, with components in the order of their names."""
        ordered = {name: dict(self.components[name]) for name in sorted(self.components)}
        value = {"block": self.block, "preset": self.preset, "settings": dict(self.settings), "components": ordered}
        return (json.dumps(value, indent=2) + "\n").encode()


def records(kind: Kind, folder: Path = FOLDER) -> list[Record]:
    """All that is kept of a kind, in the order of the files' names."""
    return [
        Record(kind=kind, **json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob(f"{kind}-*.json"))
    ]


def merged(new: Record, folder: Path = FOLDER) -> Record:
    """A record with the components that are kept besides its own.

    Parameters
    ----------
    new : Record
        Its components replace kept ones of the same name.
    folder : Path
        Where records are kept.

    Raises
    ------
    ValueError
        If the kept ones were measured with other settings.
    """
    for kept in records(new.kind, folder):
        if (kept.block, kept.preset) == (new.block, new.preset):
            if kept.settings != new.settings:
                raise ValueError(f"kept results have {_options(kept.settings)}, not {_options(new.settings)}")
            return dataclasses.replace(new, components={**kept.components, **new.components})
    return new


def shown(page: str, kind: str) -> str:
    r"""What a page shows of a kind: the text between ``<!-- kind -->`` and ``<!-- end -->``.

    Examples
    --------
    >>> shown("a\n<!-- coverage -->\nb\n<!-- end -->\n", "coverage")
    'b\n'
    """
    return page.partition(_begin(kind))[2].partition(_END)[0]


def rewritten(page: str, kind: str, text: str) -> str:
    r"""The page with another text between the marks.

    Raises
    ------
    ValueError
        If the page lacks the marks.

    Examples
    --------
    >>> rewritten("a\n<!-- coverage -->\nb\n<!-- end -->\n", "coverage", "c\n")
    'a\n<!-- coverage -->\nc\n<!-- end -->\n'
    """
    before, begin, after = page.partition(_begin(kind))
    _, end, rest = after.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page has no place for {kind}: it needs lines {_begin(kind).strip()} and {_END}")
    return f"{before}{begin}{text}{end}{rest}"


def _begin(kind: str) -> str:
    return f"<!-- {kind} -->\n"


def _options(settings: Mapping[str, int]) -> str:
    return " ".join(f"--{name} {value}" for name, value in settings.items())
