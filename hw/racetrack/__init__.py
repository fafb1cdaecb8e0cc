"""Controllers of skyrmion racetracks."""
