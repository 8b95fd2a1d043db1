"""The signed agreement: its document, its checks, its steps."""
