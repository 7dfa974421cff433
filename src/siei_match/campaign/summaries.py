"""What a command says in the end, on stdout: counts, and where things are."""

from collections.abc import Sequence

from siei_match.campaign.keys import Cle
from siei_match.campaign.results import Controle, PreparedRun
from siei_match.output import list_name


def tell_prepared(prepared: PreparedRun) -> list[str]:
    """Say what a run prepared."""
    n = prepared.comptes
    place = prepared.campagne
    counts = [
        tell_in_a_line(prepared),
        "",
        f"  rows        {n['lues']:>12,} read   {n['valides']:,} valid, {n['rejetees']:,} rejected",
        f"  people      {n['personnes']:>12,}        {n['decidees']:,} in scope",
        f"  sortants    {n['sortants']:>12,}        {n['a_verifier']:,} a_verifier",
        f"  platforms   {prepared.plateformes:>12,}        with sortants; "
        f"{n['non_affectees']:,} sortants without a platform (list non_affecte)",
    ]
    places = [
        "",
        f"  report      {place}/rapport.html",
        f"  lists       {place}/{list_name('<code>', 'csv')}",
        f"  databases   {prepared.sortie}/siei.duckdb, {prepared.sortie}/listes.duckdb",
    ]
    return counts if prepared.a_blanc else counts + places


def tell_in_a_line(prepared: PreparedRun) -> str:
    """Say a run in one line: the subject of a mail, the state of a scheduler."""
    n = prepared.comptes
    done = "counted, and not put in place (run dry)" if prepared.a_blanc else "prepared"
    return (
        f"Campaign {prepared.code} is {done}: {n['lues']:,} rows, {n['rejetees']:,} rejected, "
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
