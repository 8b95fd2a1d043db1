"""The core of Entente: pure functions and values; what runs is in ``entente_node``."""
