"""The verifiable log of what one party sent to another."""
