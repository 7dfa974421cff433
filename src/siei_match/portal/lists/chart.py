"""A small bar chart as SVG, without script or style: a list over the campaigns, in two parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from siei_match.portal.lists.reader import ListTallies

WIDTH, HEIGHT = 320, 150
BASE, TOP = 120, 22
NEW, KNOWN = "#0b4f9c", "#8a5a00"
BARS_MAX: Final = 6


@dataclass(frozen=True)
class Bar:
    """A campaign's list: how many are new, how many were listed before."""

    code: str
    counts: ListTallies


def draw(bars: Sequence[Bar]) -> Markup:
    """Return the chart, oldest campaign first; its numbers stand above the bars, and in its text."""
    shown = list(bars)[-BARS_MAX:]
    most = max((bar.counts.inscrits for bar in shown), default=0) or 1
    step = WIDTH / max(len(shown), 1)
    width = min(step * 0.6, 60)
    told = " ; ".join(
        f"{b.code} : {b.counts.inscrits}, dont {b.counts.nouveaux} nouveaux" for b in shown
    )
    parts = [
        Markup(
            '<svg class="graphique" viewBox="0 0 {w} {h}" role="img" '
            'aria-labelledby="graphique-titre graphique-texte" xmlns="http://www.w3.org/2000/svg">'
            '<title id="graphique-titre">Jeunes signalés par campagne</title>'
            '<desc id="graphique-texte">{told}</desc>'
        ).format(w=WIDTH, h=HEIGHT, told=told)
    ]
    for rank, bar in enumerate(shown):
        middle = step * (rank + 0.5)
        parts.append(_bar(middle, width, bar, (BASE - TOP) / most))
    parts.append(
        Markup('<path d="M0 {y} H{w}" stroke="#595959" fill="none"/></svg>').format(y=BASE, w=WIDTH)
    )
    return Markup("").join(parts)


def _bar(middle: float, width: float, bar: Bar, scale: float) -> Markup:
    known = bar.counts.deja_signales * scale
    new = bar.counts.nouveaux * scale
    rect = Markup('<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{c}"/>')
    label = Markup('<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>')
    left = middle - width / 2
    return Markup("").join(
        [
            rect.format(x=left, y=BASE - known, w=width, h=known, c=KNOWN),
            rect.format(x=left, y=BASE - known - new, w=width, h=new, c=NEW),
            label.format(x=middle, y=BASE - known - new - 6, text=bar.counts.inscrits),
            label.format(x=middle, y=BASE + 18, text=bar.code),
        ]
    )
