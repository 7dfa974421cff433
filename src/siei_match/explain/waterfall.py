"""A pair's weights as a waterfall of text: from the start to the total, one line per trait."""

from collections.abc import Iterator
from dataclasses import dataclass

from siei_match.explain.model import ExplainedThresholds, Paire
from siei_match.explain.pairs import ABSENT, MENAGE
from siei_match.explain.wording import name_level, name_trait, show_bits, show_chance

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


def list_steps(paire: Paire) -> list[WaterfallStep]:
    """Return the steps from the start, or from nothing where the start is unknown."""
    here = paire.depart or 0.0
    steps = []
    if paire.depart is not None:
        steps.append(WaterfallStep("départ", "avant toute preuve", 0.0, here, paire.depart))
    parts = [(p.trait, name_level(p.trait, p.niveau), p.poids) for p in paire.traits
             if p.niveau != ABSENT]  # fmt: skip
    if paire.menage:
        parts.append((MENAGE, "partageraient autant", paire.menage))
    for trait, level, poids in parts:
        steps.append(WaterfallStep(name_trait(trait), level, here, here + poids, poids))
        here += poids
    return steps


def draw(
    paire: Paire, seuils: ExplainedThresholds, width: int, signs: Signs = UNICODE
) -> Iterator[str]:
    """Give the lines of a waterfall that fits `width` columns, without colour."""
    steps = list_steps(paire)
    total = paire.poids if paire.total is None else paire.total
    fixed = LABEL + LEVEL + 2 * NUMBER + 6
    room = max(BAR_MIN, min(BAR_MAX, width - fixed))
    limit = seuils.lien.bits
    places = [0.0, limit, total, *(s.after for s in steps)]
    low, high = min(places), max(places)

    def at(bits: float) -> int:
        return round((bits - low) / ((high - low) or 1.0) * (room - 1))

    def line(label: str, level: str, poids: str, cumul: str, bar: str) -> str:
        cells = (
            f"{label:<{LABEL}}",
            f"{level:<{LEVEL}}",
            f"{poids:>{NUMBER}}",
            f"{cumul:>{NUMBER}}",
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
        poids = step.after - step.before
        yield line(
            step.label,
            step.level,
            show_bits(poids),
            show_bits(step.after),
            bar(step.before, step.after, signs.gain if poids >= 0 else signs.loss),
        )
    yield "  " + signs.rule * (LABEL + LEVEL + 2 * NUMBER + 3)
    yield line(
        "total", f"soit {show_chance(paire.probabilite)}", "", show_bits(total),
        bar(0.0, total, signs.gain if total >= 0 else signs.loss),
    )  # fmt: skip
    for name, seuil in (("seuil de lien", seuils.lien), ("seuil de doute", seuils.doute)):
        mark = " " * at(limit) + signs.limit if seuil is seuils.lien else ""
        yield line(name, show_chance(seuil.probabilite), "", show_bits(seuil.bits), mark)


def list_notes(paire: Paire) -> Iterator[str]:
    """Say what the waterfall does not show: what was absent, and a start that is not its own."""
    absent = [name_trait(part.trait) for part in paire.traits if part.niveau == ABSENT]
    if absent:
        yield f"Absent d’un côté, ne pèse rien : {', '.join(absent)}."
    if paire.depart_origine == "modele":
        yield "Départ : celui du modèle pour ces deux sources, la probabilité étant arrondie."
    if paire.depart_origine is None:
        yield "Départ inconnu : le cumul compte à partir de zéro."
