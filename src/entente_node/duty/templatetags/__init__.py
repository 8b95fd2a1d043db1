"""Template tags of the duty."""
