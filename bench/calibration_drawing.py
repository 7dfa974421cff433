"""The calibration, drawn: what the probability says, across, and what is true, upwards."""

from typing import Final

SIDE: Final = 360
LEFT, TOP = 60, 20
ROOM: Final = (40, 12)
"""What a number of pairs takes, across and upwards."""
Point = tuple[float, float, float, float, int]
STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd}.goal{fill:#d7e8f7}"
    ".equal{stroke:#888;stroke-dasharray:5 4}.limits{stroke:#0b5394;stroke-width:1.5}"
    ".bin{fill:#0b5394;stroke:#fff}.pairs{font-size:10px;fill:#555}"
)


def draw(points: list[Point], goal: float) -> str:
    """Return an SVG: a point a bin with the limits of its share, and the band of the goal.

    Args:
        points: mean probability, share, lower limit, upper limit and pairs of each bin.
        goal: how far from the diagonal a share may be.
    """
    marks = [
        part
        for point, told in zip(points, _told(points), strict=True)
        for part in _bin(point, told)
    ]
    width, height = LEFT + SIDE + 60, TOP + SIDE + 60
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            "<title>Share of true pairs by the probability that the linkage gives</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_band(goal),
            *_axes(),
            *marks,
            "</svg>\n",
        ]
    )


def _x(value: float) -> float:
    return round(LEFT + SIDE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIDE * (1 - min(1.0, max(0.0, value))), 1)


def _band(goal: float) -> list[str]:
    corners = [(0, 0), (0, goal), (1 - goal, 1), (1, 1), (1, 1 - goal), (goal, 0)]
    outline = " ".join(f"{_x(a)},{_y(b)}" for a, b in corners)
    return [
        f'<polygon class="goal" points="{outline}"/>',
        f'<line class="equal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>',
    ]


def _axes() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        at, said = tenth / 10, f"{10 * tenth} %"
        parts += [
            f'<line class="grid" x1="{_x(0)}" y1="{_y(at)}" x2="{_x(1)}" y2="{_y(at)}"/>',
            f'<line class="grid" x1="{_x(at)}" y1="{_y(0)}" x2="{_x(at)}" y2="{_y(1)}"/>',
            f'<text x="{_x(0) - 8}" y="{_y(at) + 4}" text-anchor="end">{said}</text>',
            f'<text x="{_x(at)}" y="{_y(0) + 18}" text-anchor="middle">{said}</text>',
        ]
    middle = TOP + SIDE / 2
    across = f'x="{_x(0.5)}" y="{_y(0) + 42}" text-anchor="middle"'
    upwards = f'transform="rotate(-90 14 {middle})" x="14" y="{middle}" text-anchor="middle"'
    return [
        *parts,
        f"<text {across}>probability given (mean of the bin)</text>",
        f"<text {upwards}>share of true pairs</text>",
    ]


def _told(points: list[Point]) -> list[bool]:
    """Tell which points have room for their number of pairs; those in a heap are told once."""
    told: list[tuple[float, float]] = []
    found = []
    for mean, share, *_ in points:
        x, y = _x(mean), _y(share)
        free = all(abs(x - a) > ROOM[0] or abs(y - b) > ROOM[1] for a, b in told)
        found.append(free)
        if free:
            told.append((x, y))
    return found


def _bin(point: Point, told: bool) -> list[str]:
    mean, share, low, high, pairs = point
    x = _x(mean)
    number = f'<text class="pairs" x="{x + 7}" y="{_y(share) + 4}">{pairs:,}</text>'
    return [
        f'<line class="limits" x1="{x}" y1="{_y(low)}" x2="{x}" y2="{_y(high)}"/>',
        f'<circle class="bin" cx="{x}" cy="{_y(share)}" r="4"/>',
        *([number] if told else []),
    ]
