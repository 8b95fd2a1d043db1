"""People of this node: accounts, their service, how they sign in. Never leaves the node."""
