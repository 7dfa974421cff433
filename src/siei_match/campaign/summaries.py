"""What a command says in the end, on stdout: counts, and where things are."""

from collections.abc import Sequence

from siei_match.campaign.keys import KeyInUse
from siei_match.campaign.results import Checked, PreparedRun
from siei_match.output import list_name


def tell_prepared(prepared: PreparedRun) -> list[str]:
    """Say what a run prepared."""
    n = prepared.counts
    place = prepared.campagne
    counts = [
        tell_in_a_line(prepared),
        "",
        f"  rows        {n['lues']:>12,} read   {n['valides']:,} valid, {n['rejetees']:,} rejected",
        f"  people      {n['personnes']:>12,}        {n['decidees']:,} in scope",
        f"  sortants    {n['sortants']:>12,}        {n['a_verifier']:,} a_verifier",
        f"  platforms   {prepared.platforms:>12,}        with sortants; "
        f"{n['non_affectees']:,} sortants without a platform (list non_affecte)",
    ]
    places = [
        "",
        f"  report      {place}/rapport.html",
        f"  lists       {place}/{list_name('<code>', 'csv')}",
        f"  databases   {prepared.sortie}/siei.duckdb, {prepared.sortie}/listes.duckdb",
    ]
    return counts if prepared.dry else counts + places


def tell_in_a_line(prepared: PreparedRun) -> str:
    """Say a run in one line: the subject of a mail, the state of a scheduler."""
    n = prepared.counts
    done = "counted, and not put in place (run dry)" if prepared.dry else "prepared"
    return (
        f"Campaign {prepared.code} is {done}: {n['lues']:,} rows, {n['rejetees']:,} rejected, "
        f"{n['personnes']:,} people, {n['sortants']:,} sortants, {n['a_verifier']:,} a_verifier, "
        f"{n['non_affectees']:,} without a platform."
    )


def tell_checked(checked: Checked, limit: float) -> list[str]:
    """Say what validation found, per file then per rule, then what is implausible."""
    width = max((len(c.fichier) for c in checked.fichiers), default=7)
    lines = [f"{'file':<{width}} {'read':>12} {'valid':>12} {'rejected':>12}"]
    for c in checked.fichiers:
        lines.append(
            f"{c.fichier:<{width}} {c.rows_read:>12,} {c.valides:>12,} {c.rejetees:>12,}"
            f" {c.taux_rejet:>8.2%}"
        )
    for c in checked.fichiers:
        rules = sorted(c.regles.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        if rules:
            lines += ["", f"{c.fichier}:"]
        for (gravite, rule, column), n in rules:
            lines.append(f"  {gravite:<14} {rule} ({column or 'row'}): {n:,} row{'s' * (n > 1)}")
    above = checked.above(limit)
    if above:
        lines += [
            "",
            f"siei run would stop: more than {limit:.1%} rejected in {', '.join(above)}.",
        ]
    if alarms := checked.plausibility.alarms:
        stops = checked.plausibility.stops
        then = "siei run would stop" if stops else "siei run would go on and hold the release"
        lines += ["", f"{then}: this delivery is implausible."]
        lines += [f"  {alarm.journal}" for alarm in alarms]
    return lines


def tell_keys(keys: Sequence[KeyInUse]) -> list[str]:
    """Say which keys are held, and who is known under each."""
    lines = [f"{'key':<10} {'':<10} {'people':>12} {'under it alone':>16}"]
    for c in keys:
        lines.append(f"{c.nom:<10} {c.place:<10} {c.known:>12,} {c.alone:>16,}")
    return lines
