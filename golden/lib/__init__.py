"""Models of components that belong to no block."""
