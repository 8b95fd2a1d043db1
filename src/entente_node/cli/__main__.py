"""``python -m entente_node.cli``: the command, where its script is not on the path."""

from entente_node.cli import main

main()
