"""The card of a model: what taught it, its figures, its limits, its groups. In Markdown, for people."""

from collections.abc import Iterator
from typing import Final

from siei_match.output.estimates import GroupRecord, IntervalRecord
from siei_match.output.models import ModelFile, TaughtBy
from siei_match.reference.french import french_number, french_percent

FAR: Final = 5
"""Groups shown: those whose estimated errors are the furthest above everybody else's."""
LIMITS: Final = """\
- Ce modèle ne vaut que pour des livraisons qui ressemblent à celles qui l'ont appris : une campagne qui s'en éloigne au-delà
  des bornes ci-dessous est refusée.
- Les erreurs sont estimées sur les campagnes mêmes qui l'ont appris. Les lignes qui portent un INE sont souvent mieux saisies
  que celles qui n'en ont pas : les erreurs réelles sont plutôt au-dessus.
- Les missions locales ne donnent pas d'INE : ce qui leur manque n'est connu que par le modèle lui-même et par la seconde estimation.
- Il ne dit rien d'un extrait, d'un trait ou d'un niveau qu'il n'a pas connus : une telle livraison est refusée aussi.
- Il ne contient ni nom, ni date, ni identifiant : des parts et des comptes.
"""


def write_card(model: ModelFile) -> str:
    """Return the card of a model as Markdown."""
    return "\n".join(_lines(model)) + "\n"


def _lines(model: ModelFile) -> Iterator[str]:
    yield f"# Modèle de rapprochement {model.nom}\n"
    yield f"Empreinte SHA-256 : `{model.sha256}`. Écrit par `siei train`, version {model.version}.\n"
    yield "## Ce qui l'a appris\n"
    yield "| campagne | manifeste (SHA-256) | lignes valides |"
    yield "|---|---|---|"
    for one in model.appris_de:
        rows = ", ".join(f"{name} {french_number(count)}" for name, count in one.lignes.items())
        yield f"| {one.campagne} | `{one.manifeste_sha256[:16]}…` | {rows} |"
    yield "\n## Ce qu'il vaut\n"
    yield "Paires de lignes dont l'une au moins n'a pas d'INE : estimation, intervalle à 95 %.\n"
    yield "| campagne | manquées, INE cachés et modèle | seconde estimation | fausses, INE cachés et modèle | seconde estimation |"
    yield "|---|---|---|---|---|"
    for one in model.appris_de:
        yield _figures(one)
    yield "\n## Ses groupes\n"
    yield from _groups(model)
    yield "\n## Ses limites\n"
    yield LIMITS
    yield "| ce qui peut s'éloigner | borne |"
    yield "|---|---|"
    bounds = model.bornes
    yield f"| m, part des paires d'une même personne à un niveau | {french_number(bounds.m, 2)} |"
    yield f"| u, part des paires d'inconnus à un niveau | {french_number(bounds.u, 1)} bit |"
    yield f"| motifs d'accord des paires candidates | {french_percent(bounds.motifs)} |"
    yield f"| paires candidates par fiche | {french_number(bounds.candidates, 1)} bit |"
    yield f"| fiches par personne | {french_percent(bounds.fiches_par_personne)} |"
    yield "\n## Ses poids\n"
    yield "| trait | niveau | m | u | poids (bits) |"
    yield "|---|---|---|---|---|"
    for trait, levels in model.modele["traits"].items():
        for level, told in levels.items():
            yield f"| {trait} | {level} | {told['m']:.5f} | {told['u']:.2g} | {told['poids']:+.1f} |"


def _figures(one: TaughtBy) -> str:
    whole, again = one.erreurs.ensemble, one.erreurs.seconde
    cells = (
        _told(whole.manques if whole else None),
        _told(again.manques if again else None),
        _told(whole.faux if whole else None),
        _told(again.faux if again else None),
    )
    return f"| {one.campagne} | {' | '.join(cells)} |"


def _told(found: IntervalRecord | None) -> str:
    if found is None:
        return "–"
    middle, low, high = (
        french_number(value, 1) for value in (found.estimation, found.bas, found.haut)
    )
    return f"{middle} (de {low} à {high})"


def _groups(model: ModelFile) -> Iterator[str]:
    """Tell the groups whose missed links are the furthest above the others', per campaign."""
    yield "Les groupes dont les liens manqués dépassent le plus ceux des autres ; tous sont dans le rapport de chaque campagne.\n"
    yield "| campagne | groupe | manqués | ailleurs | personnes testées |"
    yield "|---|---|---|---|---|"
    for one in model.appris_de:
        measured = [g for g in one.groupes if g.taux_manques and g.taux_manques_ailleurs]
        for group in sorted(measured, key=_excess, reverse=True)[:FAR]:
            assert group.taux_manques is not None  # noqa: S101
            assert group.taux_manques_ailleurs is not None  # noqa: S101
            mine, rest = (
                f"{french_percent(told.estimation)} (de {french_percent(told.bas)} à {french_percent(told.haut)})"
                for told in (group.taux_manques, group.taux_manques_ailleurs)
            )
            yield (
                f"| {one.campagne} | {group.dimension} « {group.groupe} » | {mine} | {rest} "
                f"| {french_number(group.personnes_testees)} |"
            )


def _excess(group: GroupRecord) -> float:
    assert group.taux_manques is not None  # noqa: S101
    assert group.taux_manques_ailleurs is not None  # noqa: S101
    return group.taux_manques.estimation - group.taux_manques_ailleurs.estimation
