"""What leaves, for whom, in which form, and why."""
