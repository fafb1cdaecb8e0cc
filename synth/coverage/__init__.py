"""Line and toggle coverage of the benches."""
