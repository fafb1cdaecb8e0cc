"""Hardware that several blocks use."""
