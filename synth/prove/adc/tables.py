"""Properties of tables of thresholds, and of converters as a whole."""

import itertools
from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Shape, Value
from amaranth.lib.data import View

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import conversion_interval
from racelet.golden.adc.sar_sequencer import conversion_interval as search_interval
from racelet.hw.adc.converters import Converters
from racelet.hw.adc.monotonic_check import MonotonicCheck
from racelet.hw.adc.sum_layouts import table_entry
from racelet.hw.adc.table_memory import TableMemory
from racelet.synth.prove.adc.converting import is_told
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.subject import Subject

TABLES = AdcConfig(bits=2, dac_bits=2, dac_shift=6, output_lanes=1, offset_bits=2)
FLASH = AdcConfig(bits=2, dac_bits=2, dac_shift=6, output_lanes=1, offset_bits=2, kind="flash")
GROUPS = AdcConfig(
    bits=2,
    dac_bits=2,
    dac_shift=6,
    output_lanes=1,
    offset_bits=2,
    adcs_per_table=2,
    input_lanes=4,
    word_lines=2,
    group_tables=True,
)


def monotonic_check(harness: Harness, dut: MonotonicCheck) -> None:
    """Of a table, any one, whose entries have all been written, it is told whether it falls."""
    config, inside = dut.config, harness.inside
    near, kept = (inside.view(f"kept_{name}", table_entry(config)) for name in ("near", "entry"))
    place = Place(harness, config)
    harness.assume("write: of tables that there are", dut.write.p.table < config.tables)
    # What has been written in the cycles before the last one.
    entries = [place.watched(harness, entry, inside["kept_near_valid"], near) for entry in range(config.thresholds)]
    nears, keeps = inside["kept_near_valid"] & place.has(near), inside["kept_entry_valid"] & place.has(kept)
    for entry, watched in enumerate(entries):
        held = inside.peek("entries", Cat(Const(entry, config.bits), place.number))
        is_new = nears & (near.entry == entry)
        same = held == Mux(is_new, near.code, watched.value)
        harness.check(f"entry {entry}: holds what was written last", ~(is_new | watched.known) | same)
    for name, step in (("below", -1), ("above", 1)):
        pairs = [
            (entry, entries[entry], entries[entry + step])
            for entry in range(max(-step, 0), config.thresholds)
            if entry + step < config.thresholds
        ]
        read = [(near.entry != entry) | ~other.known | (inside[name] == other.value) for entry, _, other in pairs]
        harness.check(f"neighbours: the one {name} is that of the table", ~nears | Cat(read).all())
        falls = [
            (kept.entry != entry)
            | ~(each.known & other.known)
            | (inside[f"kept_falls_{name}"] == (other.value > each.value if step < 0 else each.value > other.value))
            for entry, each, other in pairs
        ]
        harness.check(f"neighbours: it is known whether the pair with the one {name} falls", ~keeps | Cat(falls).all())
    row = Mux(keeps, inside["pairs_now"], inside.peek("pairs", place.number))
    pairs = [low.value > high.value for low, high in itertools.pairwise(entries)]
    for number, (low, high) in enumerate(itertools.pairwise(entries)):
        harness.check(
            f"pair {number}: it is known whether it falls", ~(low.known & high.known) | (row[number] == pairs[number])
        )
    known, falls = Cat(each.known for each in entries).all(), Cat(pairs).any()
    table = chosen(
        [inside[f"kept_falls_{table}"].bit_select(place.of_group, 1) for table in range(config.tables)], place.table
    )
    harness.check("table: it is known whether it falls", ~known | (Mux(keeps, inside["falls_now"], table) == falls))
    asked: Value = Const(1)
    if config.table_groups > 1:
        first, second = (harness.register(f"asked_{number}", len(dut.group)) for number in range(2))
        harness.update(first, Mux(harness.clear, 0, dut.group))
        harness.update(second, Mux(harness.clear, 0, first))
        asked = second == place.group
        harness.check("group: is that of the enquiry", inside["group_0"] == first)
    answers = asked & harness.past(known) & ~harness.cleared
    harness.check(
        "table: it is told whether it falls", ~answers | (dut.falls.bit_select(place.table, 1) == harness.past(falls))
    )
    harness.cover("table: it is told that it falls", answers & harness.past(falls))
    harness.cover("table: it is told that it does not fall", answers & ~harness.past(falls))


class Place:
    """A table, any one, in the order of all.

    Attributes
    ----------
    table, group : Value
    of_group : Value
        The group, 0 where they share tables.
    number : Value
        Address of the table among those of all groups.
    """

    def __init__(self, harness: Harness, config: AdcConfig) -> None:
        self.config = config
        layout = table_entry(config)
        self.table, self.group = (
            harness.constant(f"place_{name}", Shape.cast(layout[name].shape).width) for name in ("table", "group")
        )
        harness.assume(
            "place: a table that there is", (self.table < config.tables) & (self.group < config.table_groups)
        )
        is_one = config.table_groups == 1
        self.of_group: Value = Const(0, 0) if is_one else self.group
        self.number = Cat(self.table[: (config.tables - 1).bit_length()], self.of_group)

    def has(self, entry: View) -> Value:
        """Whether an entry is of this table."""
        same = entry.table == self.table
        return same if self.config.table_groups == 1 else same & (entry.group == self.group)

    def watched(self, harness: Harness, entry: int, written: Value, coming: View) -> Watched:
        """What was written last to an entry of the table."""
        return Watched(harness, f"entry {entry}", written & self.has(coming) & (coming.entry == entry), coming.code)


def table_memory(harness: Harness, dut: TableMemory) -> None:
    """What is read was written last, but not while busy; that is told."""
    config, inside = dut.config, harness.inside
    place = Place(harness, config)
    refused = dut.busy | dut.corrected.valid
    coming = View(table_entry(config), Mux(dut.corrected.valid, Value.cast(dut.corrected.p), Value.cast(dut.write.p)))
    written = dut.corrected.valid | (dut.write.valid & ~refused)
    asked = Const(1) if config.table_groups == 1 else dut.group == place.group
    of_group = place.of_group
    for entry in range(config.thresholds):
        watched = place.watched(harness, entry, written, coming)
        if config.kind == "flash":
            words = [inside.peek(f"table_{table}", of_group) for table in range(config.tables)]
            parts = [word.word_select(entry, config.dac_bits) for word in words]
            watched.is_kept(chosen(parts, place.table))
            reads = [(Const(1), chosen([dut.codes[table][entry] for table in range(config.tables)], place.table))]
        else:
            code = Cat(Const(entry + 1, config.bits), of_group)
            watched.is_kept(
                chosen([inside.peek(f"table_{table}", code) for table in range(config.tables)], place.table)
            )
            reads = [
                ((dut.tried[adc] == entry + 1) & (place.table == adc // config.adcs_per_table), dut.codes[adc])
                for adc in range(config.adcs)
            ]
        same = [~here | (given == watched.value) for here, given in reads]
        harness.check(f"entry {entry}: what is read was written last", ~(watched.known & asked) | Cat(same).all())
        harness.cover(f"entry {entry}: is read", watched.known & asked & Cat(here for here, _ in reads).any())
    is_told(harness, "write_busy", dut.write_busy, dut.write.valid & refused, dut.forget)


def chosen(each: Sequence[Value], which: Value) -> Value:
    """The one of a number."""
    found = each[0]
    for number, value in enumerate(each[1:], start=1):
        found = Mux(which == number, value, found)
    return found


def converters(harness: Harness, dut: Converters) -> None:
    """Every start gives one code, in time; errors of conversions are told as they end."""
    config, inside = dut.config, harness.inside
    begins, gives = dut.start & ~dut.busy, (dut.o.valid & dut.o.ready) | (dut.raw.valid & dut.raw.ready)
    since, is_raw = harness.register("since", 8), harness.register("is_raw", 1)
    length = Mux(is_raw, search_interval(config, raw=True), conversion_interval(config))
    has_code = dut.o.valid | dut.raw.valid
    following = Mux(gives, 0, Mux((since == 0) | (since == length), since, since + 1))
    harness.update(since, Mux(harness.clear, 0, Mux(begins, 1, following)))
    harness.update(is_raw, Mux(begins, dut.job.raw, is_raw))
    harness.check("cycles: a conversion ends in time", since <= length)
    harness.check("cycles: a code is there when it has ended", has_code == (since == length))
    harness.check("codes: are of what was asked for", ~has_code | (dut.raw.valid == is_raw))
    harness.check("codes: are of one kind", ~(dut.o.valid & dut.raw.valid))
    harness.check("busy: until the code is taken", dut.busy == ((since != 0) & ~gives))
    bit = inside["sequencer.bit"]
    searching = (since != 0) & (since != length)
    expected = Cat(searching & (length - 1 - since == number) for number in range(config.dac_bits))
    harness.check("cycles: a bit is tried in each but the last", bit == expected)
    if config.kind == "sar":
        held = inside["sequencer.is_raw"]
        converted = ~is_raw & (since == length - 1)
        harness.check("cycles: the last comparison ends a conversion", dut.ends == (searching & (since == length - 1)))
    else:
        held = is_raw
        converted = begins & ~dut.job.raw
        ends = searching & (since == length - 1)
        harness.check("cycles: the last comparison ends a conversion", dut.ends == (converted | ends))
        valid = Cat(inside[f"encoder_{adc}.o__valid"] for adc in range(config.adcs))
        harness.check("codes: those of all ADCs are there together", valid == dut.o.valid.replicate(config.adcs))
        said = [dut.comparators[adc] for adc in range(config.adcs)]
        wrong = Cat(~low & high for bits in said for low, high in itertools.pairwise(bits)).any()
        is_told(harness, "bubble", dut.errors.bubble, converted & wrong, dut.forget)
    harness.check("job: is that of the start", (since == 0) | (held == is_raw))
    past = converted
    for number in range(dut.FALLS_LATENCY):
        before = harness.register(f"converted_{number}", 1)
        harness.update(before, ~harness.clear & past)
        past = before
        known = inside["past"][number] == past
        harness.check(f"errors: it is known what was converted {number + 1} cycles before", known)
    is_told(harness, "non_monotonic", dut.errors.non_monotonic, past & inside["tables.falls"].any(), dut.forget)
    is_told(harness, "start_busy", dut.errors.start_busy, dut.start & dut.busy, dut.forget)
    refused = dut.busy | dut.calibrating | dut.corrected.valid
    is_told(harness, "write_busy", dut.errors.write_busy, dut.write.valid & refused, dut.forget)


SUBJECTS = [
    Subject(block="adc", name="monotonic_check", make=lambda: MonotonicCheck(TABLES), describe=monotonic_check),
    Subject(
        block="adc",
        name="monotonic_check_of_groups",
        make=lambda: MonotonicCheck(GROUPS),
        describe=monotonic_check,
    ),
    Subject(block="adc", name="table_memory", make=lambda: TableMemory(TABLES), describe=table_memory),
    Subject(block="adc", name="table_memory_of_groups", make=lambda: TableMemory(GROUPS), describe=table_memory),
    Subject(block="adc", name="table_memory_of_a_flash", make=lambda: TableMemory(FLASH), describe=table_memory),
    Subject(block="adc", name="converters", make=lambda: Converters(TABLES), describe=converters),
    Subject(block="adc", name="converters_of_a_flash", make=lambda: Converters(FLASH), describe=converters),
]
