"""Doors for programs: the interface for programs, and exports of the lists; all of it read-only."""
