"""The vectors of the specification: generated, committed, one failure each."""
