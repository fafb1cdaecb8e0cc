"""From a component to area and clock frequency: synthesis, place and route, and what they report."""
