"""``--update`` of the verbs whose results are kept and shown on a page."""

from collections.abc import Callable, Sequence

from racelet.cli.config import ConfigError
from racelet.cli.output import write_whole
from racelet.synth import records
from racelet.synth.records import Record


def check_updatable(update: bool, settings: Sequence[str], new: Record) -> None:
    """Refuse ``--update`` before the work starts.

    Parameters
    ----------
    update : bool
        Whether it was asked for; all is well if not.
    settings : sequence of str
        Of ``--set``.
    new : Record
        What would be kept; its components do not matter.

    Raises
    ------
    ConfigError
        If there is no page to show it on, the config is not that of a preset, or what is kept was measured otherwise.
    """
    if not update:
        return
    if settings:
        raise ConfigError("--update keeps results of presets: leave out --set")
    if not records.PAGE.is_file():
        raise ConfigError(f"--update rewrites {records.PAGE.name} of a checkout: there is none at {records.PAGE}")
    _merged(new)


def update_record(new: Record, show: Callable[[Sequence[Record]], str]) -> None:
    """Merge components into what is kept, and rewrite the page that shows it.

    Parameters
    ----------
    new : Record
    show : callable
        Text of the page of all that is kept of the kind.
    """
    whole = _merged(new)
    whole.file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(whole.file, whole.content())
    page = records.PAGE.read_text(encoding="utf-8")
    text = show(records.records(new.kind, whole.file.parent))
    write_whole(records.PAGE, records.rewritten(page, new.kind, text).encode())


def _merged(new: Record) -> Record:
    try:
        return records.merged(new, new.file.parent)
    except ValueError as error:
        raise ConfigError(f"--update: {error}") from error
