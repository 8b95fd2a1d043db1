"""The ledger: what this node holds, in tables, and the Store over them."""
