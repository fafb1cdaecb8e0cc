"""Weight shadow registers: how beats make sets of weights, and when sets are there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig


def weight_sets(beats: NDArray[np.int8], config: DwcPwcConfig) -> NDArray[np.int8]:
    """Sets of weights out of beats.

    Parameters
    ----------
    beats : int8, shape (sets * set_beats, weight_beat_bytes)
        In the order in which they come.
    config : DwcPwcConfig

    Returns
    -------
    int8, shape (sets, output_lanes, input_lanes)

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, weight_beat_bytes=8)
    >>> weight_sets(np.arange(16, dtype=np.int8).reshape(2, 8), config)[0, 2].tolist()
    [8, 9, 10, 11]
    """
    return beats.reshape(-1, config.output_lanes, config.input_lanes)


def schedule(offered: Sequence[int], taken: Sequence[int], config: DwcPwcConfig) -> tuple[list[int], list[int]]:
    """Cycles in which beats go in and sets are there.

    A beat goes in when it is offered, but a set's first beat only after the set before it has left the shadow. A set
    leaves the shadow in the cycle of its last beat, or in that in which the set before it is taken, if that is later;
    in the cycle after it is there.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat is offered.
    taken : sequence of int
        Cycle in which each set is taken.
    config : DwcPwcConfig

    Returns
    -------
    accepted : list of int
        Cycle of each beat.
    available : list of int
        First cycle of each set.

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, weight_beat_bytes=8)
    >>> schedule(range(6), [2, 4, 9], config)
    ([0, 1, 2, 3, 4, 5], [2, 4, 6])
    >>> schedule([0, 1, 2, 3, 4, 9], [7, 8, 10], config)
    ([0, 1, 2, 3, 8, 9], [2, 8, 10])
    """
    accepted: list[int] = []
    available: list[int] = []
    left = -1
    for first in range(0, len(offered), config.set_beats):
        accepted += [max(offer, left + 1) for offer in offered[first : first + config.set_beats]]
        left = max([accepted[-1], *taken[: len(available)][-1:]])
        available.append(left + 1)
    return accepted, available
