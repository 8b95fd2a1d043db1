"""Template tags of the pictures."""
