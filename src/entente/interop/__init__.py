"""One module per outside standard."""
