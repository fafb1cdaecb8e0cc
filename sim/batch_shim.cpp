// The loop of the batch simulator: feeds and drains the streams of a Verilated top level at full speed.
//
// ports.h, written by batch.py, lists the ports:
//   SOURCES(X), SINKS(X)   X(name): input and output streams
//   PULSES(X)              X(name): one-cycle pulses on a plain input, given by the loop
//   ANSWERS(X)             X(request, response, address_lsb, address_width, beats_lsb, beats_width)
//   MEMORIES(X)            X(request, read, write, address_lsb, address_width, beats_lsb, beats_width, store_lsb)
//   WORDS_IN(X), WORDS_OUT(X)   X(name): plain ports and handshakes, to write and read between runs
// and, for each stream, DATA_name, VALID_name, READY_name and DRIVE_name(v) (the handshake the loop drives), for each
// pulse, BLOCKED_name, and for each plain port, PORT_name.

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "Vtop.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

#include "batch_parts.h"
#include "ports.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

#define ENUM_SOURCE(name) SOURCE_##name,
#define ENUM_SINK(name) SINK_##name,
#define ENUM_PULSE(name) PULSE_##name,
#define ENUM_SERVED(request, ...) SERVED_##request,
enum { SOURCES(ENUM_SOURCE) SOURCE_COUNT };
enum { SINKS(ENUM_SINK) SINK_COUNT };
enum { PULSES(ENUM_PULSE) PULSE_COUNT };
enum { ANSWERS(ENUM_SERVED) MEMORIES(ENUM_SERVED) SERVED_COUNT };

struct Simulator {
    VerilatedContext context;
    std::unique_ptr<Vtop> model;
    int64_t cycle = 0;
    uint64_t time = 0;
    int64_t pending = 0;
    bool failed = false;
    Lane sources[SOURCE_COUNT + 1];
    Lane sinks[SINK_COUNT + 1];
    Pulse pulses[PULSE_COUNT + 1];
    Served served[SERVED_COUNT + 1];
#if VM_TRACE
    WaveFile wave;
    std::unique_ptr<VerilatedVcdC> trace;
#endif

    void eval() {
        model->eval();
#if VM_TRACE
        if (trace) trace->dump(time);
        time += 5;
#endif
    }

    // One beat onto the payload, or valid low when there is none.
#define OFFER(name)                                               \
    if (sources[SOURCE_##name].left) {                            \
        std::memcpy(&DATA_##name, sources[SOURCE_##name].data, sizeof DATA_##name); \
        DRIVE_##name(1);                                          \
    } else {                                                      \
        DRIVE_##name(0);                                          \
    }
#define TAKE(name) DRIVE_##name(sinks[SINK_##name].left != 0);

    void drive_served(Vtop& top) {
        (void)top;
#define DRIVE_ANSWER(request, response, ...)          \
    {                                                 \
        Served& each = served[SERVED_##request];      \
        each.next();                                  \
        each.give(DATA_##response);                   \
        DRIVE_##response(each.gives());               \
        DRIVE_##request(each.room());                 \
    }
#define DRIVE_MEMORY(request, read, write, ...) \
    DRIVE_ANSWER(request, read)                 \
    DRIVE_##write(served[SERVED_##request].takes());
        ANSWERS(DRIVE_ANSWER)
        MEMORIES(DRIVE_MEMORY)
    }

    // Drives the first cycle of a run; run() itself may be called many times for one.
    void begin() {
        Vtop& top = *model;
        SOURCES(OFFER)
        SINKS(TAKE)
        drive_served(top);
#define GIVE_FIRST(name) give_##name(top, pulses[PULSE_##name], cycle);
        PULSES(GIVE_FIRST)
        top.eval();
    }

#define GIVE(name)                                                                                      \
    void give_##name(Vtop& top, Pulse& p, int64_t now) {                                                \
        if (PORT_##name) {                                                                              \
            PORT_##name = 0;                                                                            \
            --pending;                                                                                  \
        } else if (p.left && !(BLOCKED_##name) && (p.of < 0 || sources[p.of].done >= p.after * (p.given + 1))) { \
            PORT_##name = 1;                                                                            \
            --p.left;                                                                                   \
            ++p.given;                                                                                  \
            *p.stamps++ = now;                                                                          \
        }                                                                                               \
    }
    PULSES(GIVE)

    int64_t run(int64_t budget) {
        Vtop& top = *model;
        const int64_t end = cycle + budget;
        while (cycle < end && pending > 0 && !failed) {
#define SOURCE_MOVES(name) const bool moves_##name = VALID_##name && READY_##name;
#define SINK_MOVES(name)                                                             \
    const bool moves_##name = VALID_##name && READY_##name;                          \
    if (moves_##name) {                                                              \
        Lane& lane = sinks[SINK_##name];                                             \
        if (lane.data) {                                                             \
            std::memcpy(lane.data, &DATA_##name, sizeof DATA_##name);                \
            lane.data += sizeof DATA_##name;                                         \
            *lane.stamps++ = cycle;                                                  \
            --lane.left;                                                             \
            --pending;                                                               \
        }                                                                            \
        ++lane.done;                                                                 \
    }
#define REQUEST_MOVES(request, address_lsb, address_width, beats_lsb, beats_width, store)          \
    if (VALID_##request && READY_##request) {                                                      \
        const uint64_t address = bits(DATA_##request, address_lsb, address_width);                 \
        failed |= !served[SERVED_##request].ask(address, bits(DATA_##request, beats_lsb, beats_width), store); \
    }
#define READ_MOVES(request, response)           \
    if (VALID_##response && READY_##response) { \
        ++served[SERVED_##request].now.first;   \
        ++served[SERVED_##request].read;        \
    }
#define ANSWER_MOVES(request, response, ...) \
    READ_MOVES(request, response)            \
    REQUEST_MOVES(request, __VA_ARGS__, false)
#define MEMORY_MOVES(request, read, write, address_lsb, address_width, beats_lsb, beats_width, store_lsb) \
    READ_MOVES(request, read)                                                                             \
    if (VALID_##write && READY_##write) served[SERVED_##request].take(DATA_##write);                      \
    REQUEST_MOVES(request, address_lsb, address_width, beats_lsb, beats_width, bits(DATA_##request, store_lsb, 1))
            SOURCES(SOURCE_MOVES)
            SINKS(SINK_MOVES)
            ANSWERS(ANSWER_MOVES)
            MEMORIES(MEMORY_MOVES)
            top.clk = 1;
            eval();
            ++cycle;
#define SOURCE_NEXT(name)                                 \
    if (moves_##name) {                                   \
        Lane& lane = sources[SOURCE_##name];              \
        lane.data += sizeof DATA_##name;                  \
        --lane.left;                                      \
        --pending;                                        \
        ++lane.done;                                      \
        OFFER(name)                                       \
    }
#define SINK_NEXT(name) \
    if (moves_##name) TAKE(name)
            SOURCES(SOURCE_NEXT)
            SINKS(SINK_NEXT)
            drive_served(top);
#define GIVE_NEXT(name) give_##name(top, pulses[PULSE_##name], cycle);
            PULSES(GIVE_NEXT)
            top.clk = 0;
            eval();
        }
        return pending;
    }

    // Clock only: what any loop has to do at least.
    void step(int64_t cycles) {
        Vtop& top = *model;
        for (int64_t k = 0; k < cycles; ++k) {
            top.clk = 1;
            eval();
            top.clk = 0;
            eval();
        }
        cycle += cycles;
    }

    void reset() {
        Vtop& top = *model;
        for (Lane& lane : sources) lane = Lane();
        for (Lane& lane : sinks) lane = Lane();
        for (Pulse& pulse : pulses) pulse = Pulse();
        for (Served& each : served) {
            each.now = each.bad = {};
            each.queued = 0;
        }
        pending = 0;
        failed = false;
#define CLEAR(name) PORT_##name = 0;
        WORDS_IN(CLEAR)
        PULSES(CLEAR)
        SOURCES(OFFER)
        SINKS(TAKE)
#define CLEAR_ANSWER(request, response, ...) \
    DRIVE_##request(0);                      \
    DRIVE_##response(0);
#define CLEAR_MEMORY(request, read, write, ...) \
    CLEAR_ANSWER(request, read)                 \
    DRIVE_##write(0);
        ANSWERS(CLEAR_ANSWER)
        MEMORIES(CLEAR_MEMORY)
        top.clk = 0;
        top.rst = 1;
        eval();
        step(2);
        top.rst = 0;
        top.eval();
        cycle = 0;
    }
};

}  // namespace

EXPORT Simulator* batch_new() {
    auto* s = new Simulator;
    s->context.traceEverOn(VM_TRACE);
    s->model = std::make_unique<Vtop>(&s->context);
    return s;
}

EXPORT void batch_delete(Simulator* s) {
#if VM_TRACE
    if (s->trace) s->trace->close();
#endif
    s->model->final();
    delete s;
}

EXPORT void batch_trace(Simulator* s, const char* path) {
#if VM_TRACE
    s->trace = std::make_unique<VerilatedVcdC>(&s->wave);
    s->model->trace(s->trace.get(), 99);
    s->trace->open(path);
#else
    (void)s;
    (void)path;
#endif
}

EXPORT int batch_trace_error(Simulator* s) {
#if VM_TRACE
    if (s->trace) s->trace->flush();
    return s->wave.error;
#else
    (void)s;
    return 0;
#endif
}

EXPORT void batch_reset(Simulator* s) { s->reset(); }
EXPORT void batch_step(Simulator* s, int64_t cycles) { s->step(cycles); }
EXPORT void batch_begin(Simulator* s) { s->begin(); }
EXPORT int64_t batch_run(Simulator* s, int64_t budget) { return s->run(budget); }
EXPORT int64_t batch_cycle(const Simulator* s) { return s->cycle; }
EXPORT int batch_failed(const Simulator* s) { return s->failed; }

EXPORT void batch_clear(Simulator* s) {
    for (Lane& lane : s->sources) lane = Lane();
    for (Lane& lane : s->sinks) lane = Lane();
    for (Pulse& pulse : s->pulses) pulse = Pulse();
    for (Served& each : s->served) each.read = each.written = 0;
    s->pending = 0;
}

EXPORT void batch_source(Simulator* s, int index, uint8_t* data, int64_t count) {
    s->sources[index].data = data;
    s->sources[index].left = count;
    s->pending += count;
}

EXPORT void batch_sink(Simulator* s, int index, uint8_t* data, int64_t count, int64_t* stamps) {
    s->sinks[index].data = data;
    s->sinks[index].left = count;
    s->sinks[index].stamps = stamps;
    if (data) s->pending += count;
}

EXPORT void batch_pulse(Simulator* s, int index, int64_t count, int64_t of, int64_t after, int64_t* stamps) {
    Pulse& pulse = s->pulses[index];
    pulse.left = count;
    pulse.of = of;
    pulse.after = after;
    pulse.stamps = stamps;
    s->pending += count;
}

EXPORT void batch_memory(Simulator* s, int index, uint8_t* memory, int64_t beats, int64_t unit) {
    s->served[index].memory = memory;
    s->served[index].beats = beats;
    s->served[index].unit = unit;
}

// Beats read and written in this run; first and last of the request that left the memory, both 0 where none did.
EXPORT int64_t batch_served(const Simulator* s, int index, int what) {
    const Served& each = s->served[index];
    return std::array<int64_t, 4>{each.read, each.written, each.bad.first, each.bad.last}[what];
}

EXPORT int64_t batch_source_done(const Simulator* s, int index) { return s->sources[index].done; }
EXPORT int64_t batch_sink_done(const Simulator* s, int index) { return s->sinks[index].done; }
EXPORT int64_t batch_pulse_done(const Simulator* s, int index) { return s->pulses[index].given; }

EXPORT uint64_t batch_read(Simulator* s, int index) {
    Vtop& top = *s->model;
    uint64_t value = 0;
    int at = 0;
#define READ(name) \
    if (at++ == index) value = PORT_##name;
    WORDS_OUT(READ)
    (void)top;
    (void)at;
    return value;
}

EXPORT void batch_write(Simulator* s, int index, uint64_t value) {
    Vtop& top = *s->model;
    int at = 0;
#define WRITE(name) \
    if (at++ == index) PORT_##name = value;
    WORDS_IN(WRITE)
    top.eval();
    (void)at;
    (void)value;
}
