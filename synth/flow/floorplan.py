"""Where block memories and multipliers lie: so that all wires of the netlist are short.

They have few sites, in rows across the device, and all other cells gather around them. So they are placed first, with
the other cells eliminated: where these lie best follows from where the sites are, as the least of a quadratic form.
"""
# Ref: J. Kleinhans et al., "GORDIAN: VLSI placement by quadratic programming and slicing optimization", TCAD, 1991.
# Ref: G. Sigl, K. Doll, F. Johannes, "Analytical placement: a linear or a quadratic objective function?", DAC, 1991.
# Ref: S. Kirkpatrick, C. Gelatt, M. Vecchi, "Optimization by simulated annealing", Science, 1983.

import dataclasses
import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from racelet.synth.flow.sites import Site

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CLIQUE = 6
"""Most pins of a net that is drawn as a wire between every two of them; a larger one is a star."""
FANOUT = 2000
"""Most pins of a net that counts: clocks and what is like them have wires of their own."""
ROUNDS = 5
"""Times that the wires are weighted anew, by how long they have become."""
NEAR = 4
"""Columns or rows within which a wire is not called short."""
MOVES = 10_000, 4_000
"""Attempted moves for each cell, in the first round and in the others."""
HOT = 2.0, 0.1
"""Temperature at the beginning of these rounds, in shares of the mean energy of a cell then."""
COLD = 1e-5
"""Temperature at their end."""
SCALE = 1 << 20
"""Weights are whole numbers of this part of one, so that every machine finds the same places."""


def floorplan(module: Mapping[str, Any], sites: Mapping[str, Sequence[Site]], seed: int = 1) -> dict[str, Site]:
    """Choose a site for every cell of some types.

    Parameters
    ----------
    module : mapping
        Of a netlist in Yosys's JSON.
    sites : mapping of str to sequence of Site
        By type of cell.
    seed : int, optional
        Of all random choices.

    Returns
    -------
    dict of str to Site
        By cell.

    Raises
    ------
    ValueError
        If there are more cells of a type than sites.
    """
    names = list(module["cells"])
    numbers = [number for number, name in enumerate(names) if module["cells"][name]["type"] in sites]
    if not numbers:
        return {}
    wires = _wires(module)
    fixed = np.array(numbers)
    plan = _Plan([module["cells"][names[number]]["type"] for number in numbers], sites, random.Random(seed))
    weights = np.stack([wires.weights, wires.weights], axis=1)
    for number in range(ROUNDS):
        forms, follow = zip(*(_eliminate(wires, weights[:, axis], fixed) for axis in range(2)), strict=True)
        plan.anneal(forms, HOT[number > 0], MOVES[number > 0])
        everywhere = np.stack([follow[axis](plan.places[:, axis]) for axis in range(2)], axis=1)
        lengths = np.abs(everywhere[wires.ends[0]] - everywhere[wires.ends[1]])
        # A quadratic form with each wire's weight over its length is as long as the wire.
        weights = wires.weights[:, None] * NEAR / np.maximum(lengths, NEAR)
    return {names[number]: site for number, site in zip(numbers, plan.sites(), strict=True)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Wires:
    """Wires between nodes: cells first, then the middles of stars. ``ends`` is (2, wires), ``weights`` (wires,)."""

    nodes: int
    ends: Integers
    weights: Floats


def _wires(module: Mapping[str, Any]) -> _Wires:
    """The wires of all nets that no clock is."""
    nets: dict[int, set[int]] = defaultdict(set)
    clocks: set[int] = set()
    for number, cell in enumerate(module["cells"].values()):
        for port, bits in cell["connections"].items():
            for bit in bits:
                if isinstance(bit, int):
                    nets[bit].add(number)
                    if port.startswith("CLK"):
                        clocks.add(bit)
    nodes = len(module["cells"])
    first, second, weights = [], [], []
    for bit, found in sorted(nets.items()):
        pins, size = sorted(found), len(found)
        if size < 2 or size > FANOUT or bit in clocks:
            continue
        if size <= CLIQUE:
            pairs = [(a, b) for k, a in enumerate(pins) for b in pins[:k]]
        else:
            pairs = [(a, nodes) for a in pins]
            nodes += 1
        first += [a for a, _ in pairs]
        second += [b for _, b in pairs]
        # The weight of a star whose middle is left out is that of the wires between every two of its ends.
        weights += [(1 if size <= CLIQUE else size) / (size - 1)] * len(pairs)
    return _Wires(nodes=nodes, ends=np.array([first, second], dtype=np.int64), weights=np.array(weights))


def _eliminate(wires: _Wires, weights: Floats, fixed: Integers) -> tuple[Integers, Any]:
    """The quadratic form of wire lengths in the fixed nodes alone, and how all others follow from these.

    Returns
    -------
    form : ndarray of int64, (fixed, fixed)
        Symmetric; in parts of ``SCALE``.
    follow : callable
        From places of the fixed nodes along an axis to those of all nodes, shape (nodes,).
    """
    a, b = wires.ends
    shape = wires.nodes, wires.nodes
    links = sparse.coo_array((np.r_[weights, weights], (np.r_[a, b], np.r_[b, a])), shape=shape).tocsr()
    _, part = sparse.csgraph.connected_components(links, directed=False)
    moving = np.isin(part, part[fixed])
    moving[fixed] = False
    free = np.flatnonzero(moving)
    form = sparse.csc_array(sparse.diags_array(links.sum(axis=1)) - links)
    outside = form[free][:, fixed]
    solved = splu(form[free][:, free], "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    share = solved.solve(-outside.toarray())
    rest = form[fixed][:, fixed].toarray() + outside.T @ share

    def follow(places: Integers) -> Floats:
        everywhere = np.full(wires.nodes, places.mean())
        everywhere[fixed] = places
        everywhere[free] = share @ places
        return everywhere

    return np.rint(SCALE * (rest + rest.T) / 2).astype(np.int64), follow


class _Plan:
    """Cells on sites, no two on one."""

    def __init__(self, kinds: Sequence[str], sites: Mapping[str, Sequence[Site]], rng: random.Random) -> None:
        self._kinds, self._sites, self._rng = kinds, sites, rng
        for kind in dict.fromkeys(kinds):
            if kinds.count(kind) > len(sites[kind]):
                raise ValueError(f"{kinds.count(kind)} cells for {len(sites[kind])} sites of kind {kind}")
        order = {kind: rng.sample(range(len(sites[kind])), len(sites[kind])) for kind in sorted(set(kinds))}
        self._at = [order[kind].pop() for kind in kinds]
        self._cell_at = {(kind, at): cell for cell, (kind, at) in enumerate(zip(kinds, self._at, strict=True))}
        self.places = np.array([(site.x, site.y) for site in self.sites()], dtype=np.int64)
        """Columns and rows of the cells, shape (cells, 2)."""

    def sites(self) -> list[Site]:
        """The site of each cell."""
        return [self._sites[kind][at] for kind, at in zip(self._kinds, self._at, strict=True)]

    def anneal(self, forms: Sequence[Integers], hot: float, moves: int) -> None:
        """Move and swap cells towards the least of a quadratic form for each axis."""
        rng, cells = self._rng, len(self._kinds)
        (xs, ys), (column, row) = forms, (forms[axis] @ self.places[:, axis] for axis in range(2))
        mean = float(sum(self.places[:, 0] * column) + sum(self.places[:, 1] * row)) / cells
        steps = moves * cells
        for step in range(steps):
            temperature = mean * hot * (COLD / hot) ** (step / steps)
            cell = rng.randrange(cells)
            kind = self._kinds[cell]
            to = rng.randrange(len(self._sites[kind]))
            other = self._cell_at.get((kind, to))
            if other == cell:
                continue
            site, here = self._sites[kind][to], self._sites[kind][self._at[cell]]
            x, y = site.x - here.x, site.y - here.y
            if other is None:
                pull, own = x * column[cell] + y * row[cell], x * x * xs[cell, cell] + y * y * ys[cell, cell]
            else:
                pull = x * (column[cell] - column[other]) + y * (row[cell] - row[other])
                own = x * x * (xs[cell, cell] + xs[other, other] - 2 * xs[cell, other])
                own += y * y * (ys[cell, cell] + ys[other, other] - 2 * ys[cell, other])
            more = int(2 * pull + own)
            if more > 0 and rng.random() >= math.exp(-more / temperature):
                continue
            column += x * (xs[cell] if other is None else xs[cell] - xs[other])
            row += y * (ys[cell] if other is None else ys[cell] - ys[other])
            self._swap(cell, to, other)

    def _swap(self, cell: int, to: int, other: int | None) -> None:
        kind, here = self._kinds[cell], self._at[cell]
        del self._cell_at[kind, here]
        if other is not None:
            self._at[other], self._cell_at[kind, here] = here, other
            self.places[other] = self.places[cell]
        self._at[cell], self._cell_at[kind, to] = to, cell
        site = self._sites[kind][to]
        self.places[cell] = site.x, site.y
