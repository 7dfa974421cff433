"""What a command says in the end, on stdout: counts, and where things are."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from siei_match.campaign.keys import KeyInUse
from siei_match.campaign.preparation import DeclaredDelivery
from siei_match.campaign.results import Examined, PreparedRun
from siei_match.output import list_name
from siei_match.stages.validate import RejectionLimit

SHOWN: Final = 5
"""Lines that a terminal shows of each broken rule; the sheets have twenty."""


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
    return counts if prepared.dry else counts + places + tell_stale(prepared)


def tell_stale(prepared: PreparedRun) -> list[str]:
    """Say which campaigns are to be run again, and by what."""
    if not prepared.stale:
        return []
    command = f"  {'':<11} siei refresh --sortie {prepared.sortie}"
    return ["", *_name_stale(prepared.stale), command]


def tell_refreshed(done: Sequence[PreparedRun], stale: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Say which campaigns were run again, and which are still to be."""
    lines = [tell_in_a_line(prepared) for prepared in done]
    if stale:
        return [*lines, *_name_stale(stale)]
    return lines or ["Every campaign is up to date: none was made before an earlier one changed."]


def _name_stale(stale: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [
        f"  {code:<11} to be run again: it was made before {', '.join(changed)} changed"
        for code, changed in stale.items()
    ]


def tell_in_a_line(prepared: PreparedRun) -> str:
    """Say a run in one line: the subject of a mail, the state of a scheduler."""
    n = prepared.counts
    done = "counted, and not put in place (run dry)" if prepared.dry else "prepared"
    return (
        f"Campaign {prepared.code} is {done}: {n['lues']:,} rows, {n['rejetees']:,} rejected, "
        f"{n['personnes']:,} people, {n['sortants']:,} sortants, {n['a_verifier']:,} a_verifier, "
        f"{n['non_affectees']:,} without a platform."
    )


def tell_checked(checked: Examined, limit: RejectionLimit) -> list[str]:
    """Say what validation found, per file, then per rule, then what is implausible."""
    refused = [(r.fichier or r.extrait or "delivery", r.error.code) for r in checked.refused]
    width = max(
        len(name) for name in ("file", *(c.fichier for c in checked.fichiers), *dict(refused))
    )
    lines = [f"{'file':<{width}} {'read':>12} {'valid':>12} {'rejected':>12}"]
    for c in checked.fichiers:
        lines.append(
            f"{c.fichier:<{width}} {c.rows_read:>12,} {c.valides:>12,} {c.rejetees:>12,}"
            f" {c.taux_rejet:>8.2%}"
        )
    lines += [f"{name:<{width}} refused: {code}" for name, code in refused]
    for fichier, broken in groupby(checked.broken, key=lambda b: b.fichier):
        lines += ["", f"{fichier}:"]
        for b in sorted(broken, key=lambda b: (b.gravite, -b.count, b.regle)):
            n, first = b.count, ", ".join(map(str, b.first[:SHOWN]))
            lines.append(
                f"  {b.gravite:<14} {b.regle} ({b.colonne or 'row'}): {n:,} row{'s' * (n > 1)}, "
                f"line{'s' * (n > 1)} {first}{' …' * (n > SHOWN)}"
            )
    above = checked.above(limit)
    if checked.refused:
        n = len(checked.refused)
        lines += [
            "",
            f"siei run would stop: {n} fault{'s' * (n > 1)} of the delivery, told on stderr.",
        ]
    if above:
        lines += [
            "",
            f"siei run would stop: more than {limit.share:.1%} rejected in {', '.join(above)}.",
        ]
    if alarms := checked.plausibility.alarms:
        stops = checked.plausibility.stops
        then = "siei run would stop" if stops else "siei run would go on and hold the release"
        lines += ["", f"{then}: this delivery is implausible."]
        lines += [f"  {alarm.journal}" for alarm in alarms]
    return lines


def tell_declared(declared: DeclaredDelivery) -> list[str]:
    """Say what a campagne.toml was written from, and what it asks."""
    width = max(len(file.nom) for file in declared.fichiers)
    lines = [f"{declared.path} is written: {len(declared.fichiers)} files."]
    for file in declared.fichiers:
        rows = "" if file.lignes is None else f"{file.lignes:>12,} rows"
        year, known = file.annee_scolaire or "", file.extrait or "not recognised"
        lines.append(f"  {file.nom:<{width}}  {known:<18} {year:<9} {file.encodage:<12} {rows}")
    if declared.aside:
        lines.append(f"  left aside: {', '.join(declared.aside)}")
    if declared.questions:
        lines += ["", f"{len(declared.questions)} questions to answer in it:"]
        lines += [f"  ? {question}" for question in declared.questions]
    return lines


def tell_keys(keys: Sequence[KeyInUse]) -> list[str]:
    """Say which keys are held, and who is known under each."""
    lines = [f"{'key':<10} {'':<10} {'people':>12} {'under it alone':>16}"]
    for c in keys:
        lines.append(f"{c.nom:<10} {c.place:<10} {c.known:>12,} {c.alone:>16,}")
    return lines
