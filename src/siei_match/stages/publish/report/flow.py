"""From the people found to those listed: a drawing whose bands are as wide as their counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.stages.publish.report.counts import NamedCount, share

STATUSES: Final = ("sortant", "en_formation", "diplome", "retour", "hors_champ")
HAUTEUR: Final = 360.0
"""Of all people together."""
LIGNE: Final = 24.0
"""The least room between two labels."""
NODE: Final = 14.0
COLUMNS: Final = (0.0, 250.0, 540.0)
"""Where the bars of people, statuses and reasons stand."""


def describe_decisions(decisions: pl.LazyFrame) -> list[tuple[NamedCount, list[NamedCount]]]:
    """Return each status with its reasons, both counted."""
    found_by_reason = decisions.group_by("statut", "motif").len().collect()
    counts = found_by_reason.sort("len", "motif", descending=[True, False])
    everybody = int(counts["len"].sum())
    found = []
    for statut in STATUSES:
        motifs = counts.filter(pl.col("statut") == statut)
        total = int(motifs["len"].sum())
        reasons = [
            NamedCount(motif, n, share(n, everybody), statut)
            for motif, n in motifs.select("motif", "len").iter_rows()
        ]
        found.append((NamedCount(statut, total, share(total, everybody)), reasons))
    return found


@dataclass(frozen=True)
class FlowNode:
    """A bar and its label; `meaning` names its colour."""

    x: float
    y: float
    hauteur: float
    share: NamedCount
    meaning: str

    @property
    def milieu(self) -> float:
        return self.y + self.hauteur / 2


@dataclass(frozen=True)
class FlowDrawing:
    """The drawing: bars, bands (SVG paths with their colours' names), and its height."""

    nodes: list[FlowNode]
    ribbons: list[tuple[str, str]]
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
    statuses = [(statut, motifs) for statut, motifs in decisions if statut.nombre]
    ghost = NamedCount("non_observees", outside, share(outside, personnes))
    if outside:
        statuses.append((ghost, [ghost]))
    source = FlowNode(
        COLUMNS[0], 0, HAUTEUR, NamedCount("personnes", personnes, 1.0), meaning="personnes"
    )
    middle = _stack(COLUMNS[1], [statut for statut, _ in statuses], scale)
    leaves = [(motif, statut) for statut, motifs in statuses for motif in motifs]
    right = _stack(
        COLUMNS[2],
        [motif for motif, statut in leaves if statut is not ghost],
        scale,
        {id(motif): statut.nom for motif, statut in leaves},
    )
    ribbons = _bands(source, middle, scale)
    for node in middle:
        ribbons += _bands(node, [leaf for leaf in right if leaf.meaning == node.meaning], scale)
    lowest = max(node.y + max(node.hauteur, LIGNE) for node in (source, *middle, *right))
    return FlowDrawing([source, *middle, *right], ribbons, lowest)


def _stack(
    x: float, counts: list[NamedCount], scale: float, groups: Mapping[int, str] | None = None
) -> list[FlowNode]:
    """Put bars one under the other, with room for each one's label."""
    nodes, y = [], 0.0
    for told in counts:
        height = max(told.nombre * scale, 1.5)
        meaning = groups[id(told)] if groups else told.nom
        nodes.append(FlowNode(x, y, height, told, meaning))
        y += max(height + 8, LIGNE)
    return nodes


def _bands(source: FlowNode, targets: list[FlowNode], scale: float) -> list[tuple[str, str]]:
    """Draw one band to each target, leaving the source's side from top to bottom."""
    bands, y = [], source.y
    left = source.x + NODE
    for target in targets:
        height = target.share.nombre * scale
        middle = (left + target.x) / 2
        low, end = y + max(height, 1), target.y + target.hauteur
        bands.append(
            (
                f"M{left:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {target.y:.1f} "
                f"{target.x:.1f} {target.y:.1f}V{end:.1f}C{middle:.1f} {end:.1f} {middle:.1f} "
                f"{low:.1f} {left:.1f} {low:.1f}Z",
                target.meaning,
            )
        )
        y += height
    return bands
