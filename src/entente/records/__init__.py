"""What can be shared, one module a kind."""
