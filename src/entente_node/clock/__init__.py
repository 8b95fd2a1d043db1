"""The clock of the machine that a node runs on, and whether it is believed."""
