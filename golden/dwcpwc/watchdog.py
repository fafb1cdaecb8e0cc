"""Watchdog: when a layer has come to a halt."""

from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig


def stalls(still: Sequence[bool], config: DwcPwcConfig) -> list[bool]:
    """Cycles in which a layer has come to a halt.

    Parameters
    ----------
    still : sequence of bool
        For each cycle whether a layer runs, waits for nothing outside and nothing in it moves.
    config : DwcPwcConfig

    Returns
    -------
    list of bool
        For each cycle whether all the ``config.patience`` cycles before it were still.

    Examples
    --------
    >>> config = DwcPwcConfig()
    >>> stalls([True] * config.patience + [False] * 2, config)[-3:]
    [False, True, False]
    """
    found: list[bool] = []
    run = 0
    for each in still:
        found.append(run >= config.patience)
        run = run + 1 if each else 0
    return found
