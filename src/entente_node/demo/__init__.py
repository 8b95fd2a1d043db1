"""The demonstration: two authorities that exchange, and a third that gets nothing.

``entente demo`` plays it with the commands that everybody has and with HTTP, in processes
of their own, and checks every statement that it makes. Everything in it is fictional.
"""

from entente_node.demo.story import play

__all__ = ["play"]
