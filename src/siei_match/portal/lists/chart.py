"""A small bar chart as SVG, without script or style: a list over the campaigns, in two parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from siei_match.portal.lists.reader import Comptes

WIDTH, HEIGHT = 320, 150
BASE, TOP = 120, 22
NEW, KNOWN = "#0b4f9c", "#8a5a00"
BARS_MAX: Final = 6


@dataclass(frozen=True)
class Barre:
    """A campaign's list: how many are new, how many were listed before."""

    code: str
    comptes: Comptes


def draw(barres: Sequence[Barre]) -> Markup:
    """Return the chart, oldest campaign first; its numbers stand above the bars, and in its text."""
    shown = list(barres)[-BARS_MAX:]
    most = max((barre.comptes.inscrits for barre in shown), default=0) or 1
    step = WIDTH / max(len(shown), 1)
    width = min(step * 0.6, 60)
    told = " ; ".join(
        f"{b.code} : {b.comptes.inscrits}, dont {b.comptes.nouveaux} nouveaux" for b in shown
    )
    parts = [
        Markup(
            '<svg class="graphique" viewBox="0 0 {w} {h}" role="img" '
            'aria-labelledby="graphique-titre graphique-texte" xmlns="http://www.w3.org/2000/svg">'
            '<title id="graphique-titre">Jeunes signalés par campagne</title>'
            '<desc id="graphique-texte">{told}</desc>'
        ).format(w=WIDTH, h=HEIGHT, told=told)
    ]
    for rank, barre in enumerate(shown):
        middle = step * (rank + 0.5)
        parts.append(_bar(middle, width, barre, (BASE - TOP) / most))
    parts.append(
        Markup('<path d="M0 {y} H{w}" stroke="#595959" fill="none"/></svg>').format(y=BASE, w=WIDTH)
    )
    return Markup("").join(parts)


def _bar(middle: float, width: float, barre: Barre, scale: float) -> Markup:
    known = barre.comptes.deja_signales * scale
    new = barre.comptes.nouveaux * scale
    rect = Markup('<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{c}"/>')
    label = Markup('<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>')
    left = middle - width / 2
    return Markup("").join(
        [
            rect.format(x=left, y=BASE - known, w=width, h=known, c=KNOWN),
            rect.format(x=left, y=BASE - known - new, w=width, h=new, c=NEW),
            label.format(x=middle, y=BASE - known - new - 6, text=barre.comptes.inscrits),
            label.format(x=middle, y=BASE + 18, text=barre.code),
        ]
    )
