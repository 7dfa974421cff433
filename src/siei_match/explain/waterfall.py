"""A pair's weights as a waterfall of text: from the start to the total, one line per trait."""

from collections.abc import Iterator
from dataclasses import dataclass

from siei_match.explain.model import ExplainedPair, ExplainedThresholds
from siei_match.explain.pairs import ABSENT, MENAGE
from siei_match.explain.wording import name_level, name_trait, show_bits, show_chance
from siei_match.reference.vocabulary import LIE

LABEL, LEVEL, NUMBER = 17, 23, 6
"""Characters of the columns."""
BAR_MAX = 64
BAR_MIN = 12


@dataclass(frozen=True)
class Signs:
    """The characters of the bars; told apart without colour."""

    gain: str = "█"
    loss: str = "░"
    limit: str = "┆"
    rule: str = "─"


UNICODE = Signs()
ASCII = Signs(gain="#", loss="-", limit=":", rule="-")


@dataclass(frozen=True)
class WaterfallStep:
    """A line of the waterfall: from `before` to `after`."""

    label: str
    level: str
    before: float
    after: float
    poids: float | None


def list_steps(pair: ExplainedPair) -> list[WaterfallStep]:
    """Return the steps from the start, or from nothing where the start is unknown."""
    here = pair.depart or 0.0
    steps = []
    if pair.depart is not None:
        steps.append(WaterfallStep("départ", "avant toute preuve", 0.0, here, pair.depart))
    parts = [(p.trait, name_level(p.trait, p.niveau), p.poids) for p in pair.traits
             if p.niveau != ABSENT]  # fmt: skip
    if pair.menage:
        reason = "ou autres lignes contre" if pair.issue != LIE else "partageraient autant"
        parts.append((MENAGE, reason, pair.menage))
    for trait, level, weights in parts:
        steps.append(WaterfallStep(name_trait(trait), level, here, here + weights, weights))
        here += weights
    return steps


def draw(
    pair: ExplainedPair, thresholds: ExplainedThresholds, width: int, signs: Signs = UNICODE
) -> Iterator[str]:
    """Give the lines of a waterfall that fits `width` columns, without colour."""
    steps = list_steps(pair)
    total = pair.poids if pair.total is None else pair.total
    fixed = LABEL + LEVEL + 2 * NUMBER + 6
    room = max(BAR_MIN, min(BAR_MAX, width - fixed))
    limit = thresholds.lien.bits
    places = [0.0, limit, total, *(s.after for s in steps)]
    low, high = min(places), max(places)

    def at(bits: float) -> int:
        return round((bits - low) / ((high - low) or 1.0) * (room - 1))

    def line(label: str, level: str, weights: str, running: str, bar: str) -> str:
        cells = (
            f"{label:<{LABEL}}",
            f"{level:<{LEVEL}}",
            f"{weights:>{NUMBER}}",
            f"{running:>{NUMBER}}",
        )
        return f"  {' '.join(cells)} {bar}".rstrip()

    def bar(before: float, after: float, sign: str) -> str:
        cells = [" "] * room
        cells[at(limit)] = signs.limit
        start, end = sorted((at(before), at(after)))
        cells[start : end + 1] = sign * (end + 1 - start)
        return "".join(cells).rstrip()

    yield line("", "niveau", "bits", "cumul", "")
    for step in steps:
        weights = step.after - step.before
        yield line(
            step.label,
            step.level,
            show_bits(weights),
            show_bits(step.after),
            bar(step.before, step.after, signs.gain if weights >= 0 else signs.loss),
        )
    yield "  " + signs.rule * (LABEL + LEVEL + 2 * NUMBER + 3)
    yield line(
        "total", f"soit {show_chance(pair.probabilite)}", "", show_bits(total),
        bar(0.0, total, signs.gain if total >= 0 else signs.loss),
    )  # fmt: skip
    for name, threshold in (
        ("seuil de lien", thresholds.lien),
        ("seuil de doute", thresholds.doute),
    ):
        mark = " " * at(limit) + signs.limit if threshold is thresholds.lien else ""
        yield line(name, show_chance(threshold.probabilite), "", show_bits(threshold.bits), mark)


def list_notes(pair: ExplainedPair) -> Iterator[str]:
    """Say what the waterfall does not show: what was absent, and a start that is not its own."""
    absent = [name_trait(part.trait) for part in pair.traits if part.niveau == ABSENT]
    if absent:
        yield f"Absent d’un côté, ne pèse rien : {', '.join(absent)}."
    if pair.depart_origine == "modele":
        yield "Départ : celui du modèle pour ces deux sources, la probabilité étant arrondie."
    if pair.depart_origine is None:
        yield "Départ inconnu : le cumul compte à partir de zéro."
