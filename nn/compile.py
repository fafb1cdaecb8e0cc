"""From a graph to a program: resident where the network fits on the chip, else streamed in bands."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import program_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.stream_schedule import streamed_cycles
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
        If the network is larger than the chip and ``store`` is "stream", which reads no program while it runs.
    ModelError
        If the accelerator cannot run it.
    """
    network = build_network(graph, fuse=not unfused)
    try:
        if not unfused:
            found = plan(network, config)
            return Compiled(network=network, config=config, program=lower(found), plan=found)
    except DoesNotFit:
        if config.store == "stream":
            raise
    if config.store == "stream":
        raise DoesNotFit('store must be "bram" for an unfused network, not "stream"')
    cut = schedule(network, config, "unfused" if unfused else "fused", goal)
    return Compiled(network=network, config=config, program=lower_schedule(cut), schedule=cut)


def predicted_cycles(compiled: Compiled, program: Program) -> list[int]:
    """Cycles of every descriptor, by the formula.

    Parameters
    ----------
    compiled : Compiled
    program : Program
        Of that network, perhaps with more outputs.

    Returns
    -------
    list of int
    """
    if program.streamed.size:
        layers = [LayerConfig(kind=LayerKind.STREAM), *program.layers]
        cycles = [None, *program.set_cycles]
        return streamed_cycles(program.streamed.tolist(), layers, compiled.config, cycles)
    return program_cycles(program.layers, compiled.config, program.set_cycles)
