"""Weight stores: which beats answer a request, and when."""

from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig


def bram_latency(config: DwcPwcConfig) -> int:
    """Cycles from a request to the first beat of the store on chip. The outside one adds none of its own.

    The address, one cycle from bank to bank, the block RAM and the two registers behind it, the queue.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> bram_latency(DwcPwcConfig(weight_bytes=229376))
    19
    """
    return config.store_banks + 5


def bram_credits(config: DwcPwcConfig) -> int:
    """Beats that can be on their way or in the queue of the store on chip: as many as come in a round trip, or more.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int
        A power of two.

    Examples
    --------
    >>> bram_credits(DwcPwcConfig(weight_bytes=229376))
    32
    """
    # From the read of a beat until its place is free again it is a cycle longer than from the request to the beat.
    return 1 << bram_latency(config).bit_length()


def answers(requests: Sequence[tuple[int, int]], memory: Sequence[int]) -> list[int]:
    """Beats that a store gives.

    Parameters
    ----------
    requests : sequence of (address, beats)
        Runs, in beats.
    memory : sequence of int
        All beats.

    Returns
    -------
    list of int
        Run after run.

    Examples
    --------
    >>> answers([(2, 2), (0, 1)], [10, 11, 12, 13])
    [12, 13, 10]
    """
    return [memory[address + k] for address, beats in requests for k in range(beats)]


def schedule(
    beats: Sequence[int], offered: Sequence[int], taken: Sequence[int], config: DwcPwcConfig
) -> tuple[list[int], list[int]]:
    """Cycles in which the store on chip takes requests and gives beats.

    The memory is read from the cycle after the request on, one beat per cycle while there are credits; the beat's comes
    back two cycles after it is taken. A request is taken when the last beat of the run before is read.

    Parameters
    ----------
    beats : sequence of int
        Beats of each run.
    offered : sequence of int
        First cycle in which each request is offered.
    taken : sequence of int
        Cycle in which each beat is taken.
    config : DwcPwcConfig

    Returns
    -------
    accepted : list of int
        Cycle of each request.
    given : list of int
        First cycle of each beat.

    Examples
    --------
    >>> schedule([2, 1], [0, 1], [6, 7, 8], DwcPwcConfig(weight_bytes=16384))
    ([0, 2], [6, 7, 8])
    """
    accepted: list[int] = []
    given: list[int] = []
    way, most = bram_latency(config) - 1, bram_credits(config)
    read = 0
    for count, request in zip(beats, offered, strict=True):
        accepted.append(max(request, read))
        read = accepted[-1] + 1
        for number in range(count):
            read += number > 0
            if len(given) >= most:
                read = max(read, taken[len(given) - most] + 2)
            given.append(max(read + way, taken[len(given) - 1] + 1 if given else 0))
    return accepted, given
