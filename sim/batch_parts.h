// What the loop of the batch simulator keeps: beats of streams, pulses, served requests, the waveform's file.

#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

struct Lane {
    uint8_t* data = nullptr;    // next beat; null for a sink whose beats are discarded
    int64_t left = 0;           // beats to go
    int64_t done = 0;           // beats transferred
    int64_t* stamps = nullptr;  // next cycle number; null where none are kept
};

struct Pulse {
    int64_t left = 0;
    int64_t given = 0;
    int64_t after = 0;    // beats of the source `of` to be taken before each pulse
    int64_t of = -1;      // index of that source, -1 for none
    int64_t* stamps = nullptr;
};

constexpr int kQueue = 4;

// Beats that were asked for.
struct Run {
    int64_t first, last;
    bool store;
};

// Serves requests from a memory, in their order: those of an answer, or of a memory that is written too.
struct Served {
    uint8_t* memory = nullptr;
    int64_t beats = 0;
    int64_t unit = 1;
    Run now = {}, queue[kQueue] = {}, bad = {};  // bad: the request that left the memory
    int queued = 0;
    int64_t read = 0, written = 0;  // beats moved in this run

    void next() {
        if (now.first != now.last || !queued) return;
        now = queue[0];
        --queued;
        for (int k = 0; k < queued; ++k) queue[k] = queue[k + 1];
    }

    // False if the request leaves the memory.
    bool ask(int64_t address, int64_t count, bool store) {
        const Run run = {address / unit, address / unit + count, store};
        if (address % unit || run.last > beats) {
            bad = run;
            return false;
        }
        if (count) queue[queued++] = run;
        return true;
    }

    bool gives() const { return now.first != now.last && !now.store; }
    bool takes() const { return now.first != now.last && now.store; }
    bool room() const { return queued < kQueue; }
    template <typename T>
    void give(T& payload) const {
        if (gives()) std::memcpy(&payload, memory + now.first * sizeof payload, sizeof payload);
    }

    template <typename T>
    void take(const T& payload) {
        std::memcpy(memory + now.first * sizeof payload, &payload, sizeof payload);
        ++now.first;
        ++written;
    }
};

// Some bits of a payload of at most 128.
template <typename T>
uint64_t bits(const T& payload, int lsb, int width) {
    unsigned __int128 value = 0;
    static_assert(sizeof payload <= sizeof value, "a request has at most 128 bits");
    std::memcpy(&value, &payload, sizeof payload);
    return static_cast<uint64_t>(value >> lsb) & (~uint64_t{0} >> (64 - width));
}

#if VM_TRACE
// Keeps what goes wrong for Python to tell: Verilator ends the process when a disk is full.
struct WaveFile : VerilatedVcdFile {
    int error = 0;

    bool open(const std::string& name) override {
        errno = 0;
        const bool is_open = VerilatedVcdFile::open(name);
        if (!is_open) error = errno ? errno : EIO;
        return is_open;
    }

    ssize_t write(const char* data, ssize_t size) override {
        const ssize_t written = error ? size : VerilatedVcdFile::write(data, size);
        if (written >= 0 || errno == EAGAIN || errno == EINTR) return written;
        error = errno;
        return size;
    }
};
#endif
