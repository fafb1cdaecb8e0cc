"""Training of networks that are read out through converters of few levels, with the noise of their comparators."""
