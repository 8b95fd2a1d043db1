"""A synthetic corridor, seen from either side: the same seed is the same corridor on both nodes.

Nothing here was observed. Posts are named ``SYN-…``, numbers come from a seed. The year follows what
is publicly known of the region: herds that go south after the harvest and north with the rains, weekly
markets, feasts, a displacement, posts that do not count every day.
"""

from entente_node.simulation.corridor import Corridor, Post
from entente_node.simulation.counting import count

__all__ = ["Corridor", "Post", "count"]
