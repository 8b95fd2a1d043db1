"""Flows by post and week, both sides beside each other."""
