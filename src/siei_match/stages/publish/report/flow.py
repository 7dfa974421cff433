"""From the people found to those listed: a drawing whose bands are as wide as their counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.stages.publish.report.counts import NamedCount, share

STATUTS: Final = ("sortant", "en_formation", "diplome", "retour", "hors_champ")
HAUTEUR: Final = 360.0
"""Of all people together."""
LIGNE: Final = 24.0
"""The least room between two labels."""
NOEUD: Final = 14.0
COLONNES: Final = (0.0, 250.0, 540.0)
"""Where the bars of people, statuses and reasons stand."""


def describe_decisions(decisions: pl.DataFrame) -> list[tuple[NamedCount, list[NamedCount]]]:
    """Return each status with its reasons, both counted."""
    counts = (
        decisions.group_by("statut", "motif").len().sort("len", "motif", descending=[True, False])
    )
    found = []
    for statut in STATUTS:
        motifs = counts.filter(pl.col("statut") == statut)
        total = int(motifs["len"].sum())
        reasons = [
            NamedCount(motif, n, share(n, decisions.height), statut)
            for motif, n in motifs.select("motif", "len").iter_rows()
        ]
        found.append((NamedCount(statut, total, share(total, decisions.height)), reasons))
    return found


@dataclass(frozen=True)
class Noeud:
    """A bar and its label; `sens` names its colour."""

    x: float
    y: float
    hauteur: float
    compte: NamedCount
    sens: str

    @property
    def milieu(self) -> float:
        return self.y + self.hauteur / 2


@dataclass(frozen=True)
class FlowDrawing:
    """The drawing: bars, bands (SVG paths with their colours' names), and its height."""

    noeuds: list[Noeud]
    rubans: list[tuple[str, str]]
    hauteur: float


def draw_flow(
    decisions: list[tuple[NamedCount, list[NamedCount]]], personnes: int
) -> FlowDrawing | None:
    """Draw people → out of scope or decided → status → reason; None where there is nobody.

    Args:
        decisions: what `describe_decisions` returns.
        personnes: the people found in the delivery.
    """
    decided = sum(statut.nombre for statut, _ in decisions)
    if not decided or personnes < decided:
        return None
    outside = personnes - decided
    scale = HAUTEUR / personnes
    statuts = [(statut, motifs) for statut, motifs in decisions if statut.nombre]
    ghost = NamedCount("non_observees", outside, share(outside, personnes))
    if outside:
        statuts.append((ghost, [ghost]))
    source = Noeud(
        COLONNES[0], 0, HAUTEUR, NamedCount("personnes", personnes, 1.0), sens="personnes"
    )
    middle = _stack(COLONNES[1], [statut for statut, _ in statuts], scale)
    leaves = [(motif, statut) for statut, motifs in statuts for motif in motifs]
    right = _stack(
        COLONNES[2],
        [motif for motif, statut in leaves if statut is not ghost],
        scale,
        {id(motif): statut.nom for motif, statut in leaves},
    )
    rubans = _bands(source, middle, scale)
    for noeud in middle:
        rubans += _bands(noeud, [leaf for leaf in right if leaf.sens == noeud.sens], scale)
    lowest = max(noeud.y + max(noeud.hauteur, LIGNE) for noeud in (source, *middle, *right))
    return FlowDrawing([source, *middle, *right], rubans, lowest)


def _stack(
    x: float, comptes: list[NamedCount], scale: float, groups: Mapping[int, str] | None = None
) -> list[Noeud]:
    """Put bars one under the other, with room for each one's label."""
    noeuds, y = [], 0.0
    for compte in comptes:
        height = max(compte.nombre * scale, 1.5)
        sens = groups[id(compte)] if groups else compte.nom
        noeuds.append(Noeud(x, y, height, compte, sens))
        y += max(height + 8, LIGNE)
    return noeuds


def _bands(source: Noeud, targets: list[Noeud], scale: float) -> list[tuple[str, str]]:
    """Draw one band to each target, leaving the source's side from top to bottom."""
    bands, y = [], source.y
    left = source.x + NOEUD
    for target in targets:
        height = target.compte.nombre * scale
        middle = (left + target.x) / 2
        low, end = y + max(height, 1), target.y + target.hauteur
        bands.append(
            (
                f"M{left:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {target.y:.1f} "
                f"{target.x:.1f} {target.y:.1f}V{end:.1f}C{middle:.1f} {end:.1f} {middle:.1f} "
                f"{low:.1f} {left:.1f} {low:.1f}Z",
                target.sens,
            )
        )
        y += height
    return bands
