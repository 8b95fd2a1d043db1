"""What runs: the ledger, the carriers, the command and the desk, over the core ``entente``."""
