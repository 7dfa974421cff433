"""What a command says in the end, on stdout: counts, and where things are."""

from collections.abc import Sequence
from typing import Final

from siei_match.collect import REGLES, Collecte
from siei_match.steps.keys import Cle
from siei_match.steps.results import Controle, Publication
from siei_match.vocabulary import AVERTISSEMENT, REJET

LINES_SHOWN: Final = 15


def tell_publication(publication: Publication) -> list[str]:
    """Say what a run published."""
    n = publication.comptes
    place = publication.campagne
    counts = [
        tell_in_a_line(publication),
        "",
        f"  rows        {n['lues']:>12,} read   {n['valides']:,} valid, {n['rejetees']:,} rejected",
        f"  people      {n['personnes']:>12,}        {n['decidees']:,} in scope",
        f"  sortants    {n['sortants']:>12,}        {n['a_verifier']:,} a_verifier",
        f"  platforms   {publication.plateformes:>12,}        with sortants; "
        f"{n['non_affectees']:,} sortants without a platform (list non_affecte)",
    ]
    places = [
        "",
        f"  report      {place}/rapport.html",
        f"  lists       {place}/listes/psad=<code>/liste.csv",
        f"  databases   {publication.sortie}/siei.duckdb, {publication.sortie}/listes.duckdb",
    ]
    return counts if publication.a_blanc else counts + places


def tell_in_a_line(publication: Publication) -> str:
    """Say a run in one line: the subject of a mail, the state of a scheduler."""
    n = publication.comptes
    done = "prepared, not published (run dry)" if publication.a_blanc else "published"
    return (
        f"Campaign {publication.code} is {done}: {n['lues']:,} rows, {n['rejetees']:,} rejected, "
        f"{n['personnes']:,} people, {n['sortants']:,} sortants, {n['a_verifier']:,} a_verifier, "
        f"{n['non_affectees']:,} without a platform."
    )


def tell_controle(controle: Controle, limite: float) -> list[str]:
    """Say what validation found, per file then per rule."""
    largeur = max((len(c.fichier) for c in controle.fichiers), default=7)
    lines = [f"{'file':<{largeur}} {'read':>12} {'valid':>12} {'rejected':>12}"]
    for c in controle.fichiers:
        lines.append(
            f"{c.fichier:<{largeur}} {c.lues:>12,} {c.valides:>12,} {c.rejetees:>12,}"
            f" {c.taux_rejet:>8.2%}"
        )
    for c in controle.fichiers:
        regles = sorted(c.regles.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        if regles:
            lines += ["", f"{c.fichier}:"]
        for (gravite, regle, colonne), n in regles:
            lines.append(f"  {gravite:<14} {regle} ({colonne or 'row'}): {n:,} row{'s' * (n > 1)}")
    above = controle.above(limite)
    if above:
        lines += [
            "",
            f"siei run would stop: more than {limite:.1%} rejected in {', '.join(above)}.",
        ]
    return lines


def tell_keys(cles: Sequence[Cle]) -> list[str]:
    """Say which keys are held, and who is known under each."""
    lines = [f"{'key':<10} {'':<10} {'people':>12} {'under it alone':>16}"]
    for c in cles:
        lines.append(f"{c.nom:<10} {c.place:<10} {c.connues:>12,} {c.seules:>16,}")
    return lines


def tell_collecte(collecte: Collecte) -> list[str]:
    """Say what was understood of a platform's file, by answer, and what was not, by line."""
    lecture = collecte.lecture
    counts = sorted(lecture.count().items(), key=lambda item: (-item[1], item[0]))
    lines = [
        f"{lecture.lues:,} rows read: {lecture.reponses.height:,} answers, "
        f"{lecture.refusees:,} refused, {lecture.sans_reponse:,} without an answer.",
        *(f"  {retour:<14} {n:>8,}" for retour, n in counts),
    ]
    if collecte.transferts:
        lines.append(f"  of which to be transferred to another platform: {collecte.transferts:,}")
    for gravite, title in ((REJET, "Refused:"), (AVERTISSEMENT, "Kept, but:")):
        found = lecture.rejets.filter(gravite=gravite)
        lines += [title] if found.height else []
        for (regle,), rows in found.group_by("regle", maintain_order=True):
            numbers = list_lines(rows["ligne"].to_list())
            lines.append(f"  {numbers}: {REGLES[str(regle)]} ({regle})")
    if collecte.inconnues:
        lines += [
            f"On no list of this folder, kept for a later campaign: {len(collecte.inconnues):,}",
            f"  {list_lines(collecte.inconnues)}",
        ]
    if lecture.commentaires:
        lines.append(f"Comments seen, and kept nowhere: {lecture.commentaires:,}.")
    if collecte.deja:
        lines.append("This very file had been collected before: nothing changed.")
    elif collecte.chemin is None:
        lines.append("No answer was understood: nothing is kept.")
    else:
        lines.append(f"Kept in {collecte.chemin}; the next siei run decides by them.")
    return lines


def list_lines(lignes: Sequence[int]) -> str:
    """Return "lines 3, 7 and 12 more": where to look in a spreadsheet."""
    shown = ", ".join(map(str, lignes[:LINES_SHOWN]))
    rest = len(lignes) - LINES_SHOWN
    return f"line{'s' * (len(lignes) > 1)} {shown}" + (f" and {rest} more" if rest > 0 else "")
