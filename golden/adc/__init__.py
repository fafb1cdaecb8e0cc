"""Golden models of the readout of an in-memory-computing column."""
