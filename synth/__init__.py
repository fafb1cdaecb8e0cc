"""From components to what other tools take: Verilog, and what is measured on it."""
