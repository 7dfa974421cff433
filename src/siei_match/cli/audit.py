"""The audit log: is it whole, and what does it say."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from siei_match.cli.options import (
    DONE,
    FAILED,
    Par,
    SettingsFile,
    Sortie,
    find_keys,
    name_actor,
    say,
)
from siei_match.reference.extras import require_extra

app = App(
    name="audit",
    help="The audit log: who did what, when, with which files.\n\n"
    "Example: `siei audit verify --sortie out`",
)

REASONS: Final[Mapping[str, str]] = {
    "absent": "aucun journal : il a été retiré, ou rien n’a encore été noté",
    "illisible": "cette ligne n’est pas de la forme dans laquelle elle a été écrite",
    "contenu": "son contenu ne correspond plus à son empreinte : il a été modifié",
    "rang": "ce n’est pas son rang : une ligne manque, est en double ou a été déplacée",
    "chaine": "elle ne suit pas la ligne d’avant : l’une des deux a été remplacée",
    "sceau": "son sceau est faux : elle a été écrite sans la clé",
    "sans_sceau": "pas de sceau : rien ne dit qui l’a écrit, ni que ce n’a pas été récrit",
    "cle_inconnue": "le sceau est d’une clé que l’on n’a pas ici : il ne prouve rien",
    "dechiree": "il n’en reste que le début, comme après une coupure ; la prochaine ligne la mettra "
    "de côté et le dira",
    "fin": "le journal s’arrête avant la dernière ligne notée dans audit.tete : la fin a été coupée",
    "tete": "audit.tete manque, a été modifié, ou ne désigne pas la dernière ligne",
    "attendu": "l’empreinte attendue n’est celle d’aucune ligne : des lignes ont été retirées ou "
    "récrites",
    "ancre": "ce n’est pas la ligne dont l’ancre a noté l’empreinte : elle a été récrite",
    "ancre_fin": "l’ancre a noté des lignes qui ne sont plus là : la fin a été coupée",
}

AWAITING: Final = (
    "  Ces lignes viennent d’une commande lancée sans la clé, ou de quelqu’un qui a récrit le "
    "journal :\n  comparez-les à l’ancre, à une sauvegarde et à qui a fait quoi, puis "
    "« siei audit accept --motif … » avec la clé."
)


@app.command
def verify(
    *,
    sortie: Sortie,
    attendu: Annotated[
        str | None,
        Parameter(help="The hash of a line, noted earlier: it must stand in the log."),
    ] = None,
    reglages: SettingsFile = None,
) -> int:
    """Check that no line of the log was altered, removed, doubled or moved.

    Exit code 0: whole; 1: broken, or lines that nothing seals, with each line and the reason. Note the last hash elsewhere:
    with `--attendu` it proves later that the end was not cut.

    Example: `siei audit verify --sortie out`
    """
    from siei_match.output.audit import verify as verify_log
    from siei_match.reference.settings import load_settings

    key, *replaced = find_keys(reglages) or (None,)
    expected = attendu.strip().lower() if attendu else None
    anchor = load_settings(reglages).ancre_audit
    told = verify_log(sortie, key=key, replaced=replaced, expected=expected, anchor=anchor)
    state = "entier" if told.whole else "À CONFIRMER" if told.awaiting else "BRISÉ"
    say([f"Journal d’audit de {sortie} : {told.lignes} ligne(s), {state}."])
    for first, last, reason in told.ranges():
        where = f"ligne {first}" if first == last else f"lignes {first} à {last}, chacune"
        say([f"  {where} : {REASONS[reason]}."])
    if told.awaiting:
        say([AWAITING])
    if told.retard:
        say(["  audit.tete est en retard d’une ligne, comme après une coupure : rien n’est perdu."])
    if key is None:
        say(["  Sceaux non vérifiés : la clé n’est pas à portée (--reglages ou SIEI_CLE)."])
    elif told.sealed:
        say([f"  Scellé par la clé jusqu’à la ligne {told.sealed}."])
    else:
        say(["  Aucune ligne n’est scellée par cette clé."])
    if told.accepted:
        say([f"  {told.accepted} ligne(s) sans sceau vérifiable, acceptées par qui tient la clé."])
    if anchor is not None:
        say(
            [
                f"  Ancre {anchor} : "
                + (
                    f"jusqu’à la ligne {told.anchored}."
                    if told.anchored
                    else "à comparer à la main."
                )
            ]
        )
    if told.whole:
        say([f"  Dernière empreinte, à noter ailleurs : {told.head}"])
    return DONE if told.whole else FAILED


@app.command
def accept(
    *,
    sortie: Sortie,
    motif: Annotated[str, Parameter(help="Why these lines are trusted: who looked, and at what.")],
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Answer for lines that no key at hand seals: written before there was one, or under a lost one.

    They may have been rewritten by anybody who can write the folder: compare them first with a
    back-up or with what was noted elsewhere. Any other fault is refused.

    Example: `siei audit accept --sortie out --motif "compared with the back-up of 1 October"`
    """
    from siei_match.output.audit import accept_unsealed

    accepted = accept_unsealed(sortie, name_actor(par, reglages), motif)
    say([f"{accepted} ligne(s) sans sceau vérifiable sont acceptées."])


@app.command
def trace(
    fichier: Annotated[Path, Parameter(help="A workbook or a CSV that was found somewhere.")],
    /,
    *,
    sortie: Sortie,
    reglages: SettingsFile = None,
) -> int:
    """Say who downloaded a list that was found, when, from the invisible mark in it.

    Without a mark (a Parquet file, an export, a CSV that was written anew) whoever was given these very
    bytes is told. A mark says from whose download a file comes, not who passed it on. Exit code 1: unknown.

    Example: `siei audit trace found.xlsx --sortie out`
    """
    require_extra("portal", "The marks of downloads cannot be read")
    from siei_match.portal import load_portal_settings
    from siei_match.portal.lists.tracing import Proof
    from siei_match.portal.lists.tracing import trace as trace_file
    from siei_match.portal.vault import read_vault

    vault = read_vault(load_portal_settings(reglages).chiffrement_cle, sortie)
    found = trace_file(sortie, fichier, vault)
    if not found:
        say(
            [
                f"{fichier.name} : aucune marque que l’on sache lire, et le journal ne connaît pas ces octets."
            ]
        )
        return FAILED
    for one in found:
        e = one.entree
        told = " ".join(str(e.details.get(name, "")) for name in ("campagne", "psad", "format"))
        by = "par sa marque" if one.proof == Proof.MARK else "par ses octets"
        say([f"{fichier.name} : {e.acte} de {e.par}, {e.quand[:19].replace('T', ' ')} UTC, liste {told}"
             f" (ligne {e.n} du journal, reconnu {by})."])  # fmt: skip
        if one.agreeing:
            say([f"  {one.agreeing[0]} mots sur {one.agreeing[1]} portent cette marque."])
    if found[0].proof == Proof.BYTES and len(found) > 1:
        say([f"  Les mêmes octets ont été remis {len(found)} fois : rien ne départage."])
    return DONE


@app.command
def show(
    *,
    sortie: Sortie,
    acte: Annotated[
        str | None, Parameter(help="Only this act: run, export, explication, acces…")
    ] = None,
    depuis: Annotated[date | None, Parameter(help="Only from this day on, AAAA-MM-JJ.")] = None,
) -> None:
    """Show the log as a table: nobody is named in it, people are their identifiers.

    Example: `siei audit show --sortie out --acte export --depuis 2026-10-01`
    """
    from rich.console import Console
    from rich.table import Table

    from siei_match.output.audit import read_entries

    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("n", "quand (UTC)", "par", "acte", "détails", "fichiers (SHA-256)"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "n" else "left")
    found = 0
    for e in read_entries(sortie):
        if (acte and e.acte != acte) or (depuis and e.quand[:10] < depuis.isoformat()):
            continue
        found += 1
        table.add_row(
            str(e.n), e.quand[:19].replace("T", " "), e.par, e.acte,
            ", ".join(f"{name} {value}" for name, value in e.details.items()),
            "\n".join(f"{name} {sha256[:12]}" for name, sha256 in e.fichiers.items()),
        )  # fmt: skip
    console.print(table if found else "Aucune ligne.")
