"""Plane geometry of the corridor's map: a box, a projection, cutting a ring, writing a path.

Longitude and latitude in degrees go in, whole units of the drawing come out. The zone of an
agreement is small: an equirectangular projection at its middle is good enough to find one's way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
"""(longitude, latitude) in degrees, or (x, y) of the drawing."""


@dataclass(frozen=True)
class Box:
    """A rectangle of degrees or of the drawing."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point) -> bool:
        """Whether the point lies in it."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north

    def around(self, other: Box) -> bool:
        """Whether the other lies in it."""
        return self.holds((other.west, other.south)) and self.holds((other.east, other.north))


@dataclass(frozen=True)
class Projection:
    """From degrees to a drawing whose origin is its upper left corner."""

    west: float
    north: float
    x_scale: float
    y_scale: float

    @classmethod
    def fit(cls, points: Sequence[Point], width: int, height: int, margin: int, least: float) -> Projection:
        """One that shows all the points, in the middle, with a margin; at least so many degrees high."""
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        squeeze = math.cos(math.radians((south + north) / 2))
        y_scale = min(
            (height - 2 * margin) / max(north - south, least),
            (width - 2 * margin) / max((east - west) * squeeze, least),
        )
        x_scale = y_scale * squeeze
        return cls(
            west=(west + east) / 2 - width / 2 / x_scale,
            north=(south + north) / 2 + height / 2 / y_scale,
            x_scale=x_scale,
            y_scale=y_scale,
        )

    def of(self, point: Point) -> tuple[int, int]:
        """The point in units of the drawing."""
        return round((point[0] - self.west) * self.x_scale), round((self.north - point[1]) * self.y_scale)

    def box(self, width: int, height: int) -> Box:
        """What the drawing shows, in degrees."""
        return Box(
            self.west, self.north - height / self.y_scale, self.west + width / self.x_scale, self.north
        )


def clip(ring: Sequence[Point], box: Box) -> list[Point]:
    """The part of a ring that lies in the box (Sutherland and Hodgman, 1974); empty where none does."""
    cut = list(ring)
    for axis, limit, sign in ((0, box.west, 1), (0, box.east, -1), (1, box.south, 1), (1, box.north, -1)):
        points, cut = cut, []
        for here, after in zip(points, [*points[1:], *points[:1]], strict=True):
            inside, next_inside = (here[axis] - limit) * sign >= 0, (after[axis] - limit) * sign >= 0
            if inside:
                cut.append(here)
            if inside != next_inside:
                share = (limit - here[axis]) / (after[axis] - here[axis])
                cut.append((here[0] + (after[0] - here[0]) * share, here[1] + (after[1] - here[1]) * share))
    return cut


def path(points: Iterable[tuple[int, int]], *, closed: bool) -> str:
    """The ``d`` of an SVG path: relative steps, which are short, and none that goes nowhere."""
    steps: list[str] = []
    x = y = 0
    for to_x, to_y in points:
        if steps and (to_x, to_y) == (x, y):
            continue
        # A minus sign separates as well as a space does.
        dy = to_y - y
        steps.append(f"{to_x - x}{'' if dy < 0 else ' '}{dy}")
        x, y = to_x, to_y
    if len(steps) < 2:  # noqa: PLR2004  a point is no line
        return ""
    text = f"m{steps[0]}l{steps[1]}" + "".join(step if step[0] == "-" else f" {step}" for step in steps[2:])
    return f"{text}z" if closed else text


def middle(ring: Sequence[tuple[int, int]]) -> tuple[int, int, float]:
    """The centre of gravity of a ring, and its area; the middle of its points where it has none."""
    twice = x_sum = y_sum = 0.0
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        cross = ax * by - bx * ay
        twice, x_sum, y_sum = twice + cross, x_sum + (ax + bx) * cross, y_sum + (ay + by) * cross
    if not twice:
        return ring[0][0], ring[0][1], 0.0
    return round(x_sum / (3 * twice)), round(y_sum / (3 * twice)), abs(twice) / 2
