"""Outside standards, one module each."""
