"""What the benches of in-memory-computing columns measure."""
