"""One attack a test, named after it. After each refused input the ledger is byte for byte what it was."""
