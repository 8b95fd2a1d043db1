"""Measures that both sides take together: list, board, calendar."""
