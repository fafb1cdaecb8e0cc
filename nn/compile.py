"""From a graph to a program: resident where the network fits on the chip, else streamed in bands."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import program_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.racetrack_weight_store import Tracks
from racelet.golden.dwcpwc.stream_schedule import streamed_cycles
from racelet.golden.racetrack.operations import Counts
from racelet.nn.errors import DoesNotFit
from racelet.nn.graph import Graph
from racelet.nn.layers import Network, build_network
from racelet.nn.lower import lower
from racelet.nn.plan import Plan, plan
from racelet.nn.program import Program
from racelet.nn.schedule import Schedule, schedule
from racelet.nn.segments import Goal
from racelet.nn.stream import lower_schedule


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compiled:
    """A network, ready to run on one configuration.

    Parameters
    ----------
    network : Network
    config : DwcPwcConfig
    program : Program
    plan : Plan or None
        Where the network fits on the chip as a whole.
    schedule : Schedule or None
        Where it does not.
    """

    network: Network
    config: DwcPwcConfig
    program: Program
    plan: Plan | None = None
    schedule: Schedule | None = None


def compile_network(graph: Graph, config: DwcPwcConfig, *, unfused: bool = False, goal: Goal = "balance") -> Compiled:
    """Plan and lower a network.

    Parameters
    ----------
    graph : Graph
    config : DwcPwcConfig
    unfused : bool
        Run depthwise convolutions by themselves on the dot-product engine, and send every tensor out and back.
    goal : {"balance", "cycles", "bytes"}
        What is made least where the network is larger than the chip.

    Returns
    -------
    Compiled

    Raises
    ------
    DoesNotFit
        If the network is larger than the chip and ``store`` is "stream", which reads no program while it runs, or
        "racetrack", on which weights are written too slowly for that.
    ModelError
        If the accelerator cannot run it.
    """
    network = build_network(graph, fuse=not unfused)
    try:
        if not unfused:
            found = plan(network, config)
            return Compiled(network=network, config=config, program=lower(found), plan=found)
    except DoesNotFit:
        if config.store != "bram":
            raise
    if config.store != "bram":
        raise DoesNotFit(f'store must be "bram" for an unfused network, not "{config.store}"')
    cut = schedule(network, config, "unfused" if unfused else "fused", goal)
    return Compiled(network=network, config=config, program=lower_schedule(cut), schedule=cut)


def predicted_cycles(compiled: Compiled, program: Program) -> list[int]:
    """Cycles of every descriptor in the first inference, by the formula.

    Parameters
    ----------
    compiled : Compiled
    program : Program
        Of that network, perhaps with more outputs.

    Returns
    -------
    list of int
    """
    return _predicted(program, compiled.config, None)


def _predicted(program: Program, config: DwcPwcConfig, tracks: Tracks | None) -> list[int]:
    if program.streamed.size:
        layers = [LayerConfig(kind=LayerKind.STREAM), *program.layers]
        cycles = [None, *program.set_cycles]
        return streamed_cycles(program.streamed.tolist(), layers, config, cycles, tracks)
    return program_cycles(program.layers, config, program.set_cycles, tracks)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predicted:
    """Inferences one after the other, the first of which follows the loading of the program.

    Parameters
    ----------
    cycles : sequence of list of int
        Of every descriptor, for each inference.
    pulses, events : sequence of Counts
        Operations on racetracks, for each inference; what is done to several tracks or at several ports at once counts
        once in ``pulses``, each time in ``events``. None with other stores.
    """

    cycles: Sequence[list[int]]
    pulses: Sequence[Counts]
    events: Sequence[Counts]


def predicted_inferences(program: Program, config: DwcPwcConfig, count: int) -> Predicted:
    """Cycles and operations of inferences, by the formula.

    They differ only with ``store`` "racetrack", whose tracks are where the inference before has left them.

    Parameters
    ----------
    program : Program
    config : DwcPwcConfig
        That of the program; its store may be another one on the same terms.
    count : int

    Returns
    -------
    Predicted
    """
    if config.store != "racetrack":
        cycles = _predicted(program, config, None)
        return Predicted(cycles=[cycles] * count, pulses=[Counts()] * count, events=[Counts()] * count)
    tracks = Tracks(config)
    begun: dict[object, int] = {}
    done: list[tuple[list[int], Counts, Counts]] = []
    while len(done) < count and tracks.places not in begun:
        begun[tracks.places] = len(done)
        tracks.pulses = tracks.events = Counts()
        done.append((_predicted(program, config, tracks), tracks.pulses, tracks.events))
    again = done[begun.get(tracks.places, 0) :]
    rows = [*done, *(again[number % len(again)] for number in range(count - len(done)))]
    return Predicted(cycles=[row[0] for row in rows], pulses=[row[1] for row in rows], events=[row[2] for row in rows])
