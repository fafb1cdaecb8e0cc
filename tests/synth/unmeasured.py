"""Components whose benches have not been judged yet, neither by mutants nor by what they reach."""

UNMEASURED = {
    "adc": {
        "axi_lite",
        "axi_shell",
        "calibrator",
        "column_path",
        "converters",
        "flash_encoder",
        "imc_macro",
        "logistic_noise",
        "monotonic_check",
        "packet_end",
        "requantizer",
        "sar_sequencer",
        "stream_queue",
        "stream_slice",
        "table_memory",
    },
    "dwcpwc": {"imc_dot_engine"},
}
"""By block; docs/verification.md names them too."""
