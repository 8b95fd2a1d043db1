"""Chance that is the same on every machine and in every version: a seed, hashed.

``random`` would do for one machine; two nodes must draw the same corridor years apart, so nothing
here depends on a library's generator or on a mathematical function that may round otherwise.
"""

from __future__ import annotations

from hashlib import sha256

_WORD = 4
_TWELVE = 12


class Dice:
    """Throws that depend on the seed and on what they are thrown for, and on nothing else."""

    def __init__(self, *of: object) -> None:
        self._name = "/".join(map(str, of)).encode()
        self._block = 0
        self._left = b""

    def share(self) -> float:
        """Between 0 and 1, evenly."""
        if len(self._left) < _WORD:
            self._left = sha256(b"entente synthetic %d " % self._block + self._name).digest()
            self._block += 1
        word, self._left = self._left[:_WORD], self._left[_WORD:]
        return int.from_bytes(word, "big") / 0x1_0000_0000

    def around(self, mean: float, spread: float) -> float:
        """Near the mean, as often above as below: twelve throws added up, which is close to normal."""
        return mean + spread * (sum(self.share() for _ in range(_TWELVE)) - 6)

    def number(self, mean: float) -> int:
        """A whole number of things that come one by one, ``mean`` of them on average (nearly Poisson)."""
        if mean <= 0:
            return 0
        whole = int(self.around(mean, mean**0.5) + self.share())
        return max(0, whole)

    def of(self, count: int, share: float) -> int:
        """How many of ``count`` things are seen, when each is seen with this chance."""
        share = min(1.0, max(0.0, share))
        seen = self.around(count * share, (count * share * (1 - share)) ** 0.5)
        return min(count, max(0, int(seen + self.share())))

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.share() < chance
