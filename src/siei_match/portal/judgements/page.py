"""Clerical review: one pair in doubt at a time, both rows side by side, each view noted.

The page has no extract: it shows the values that who holds them put down (`siei review show`), and
beside them what the linkage compared. Without the values no answer is taken; they may be in a
workbook (`siei review export`), which is sent back here.
"""

from pathlib import PurePath
from typing import Any, Final

import polars as pl
from starlette.responses import RedirectResponse, Response

from siei_match.explain.wording import STATUSES, TRAITS, name_level, name_trait
from siei_match.output import prepared_campaigns, require_prepared
from siei_match.output.databases.coarse import class_of
from siei_match.output.memory.judgements import read_revues
from siei_match.portal.door.patience import patiently
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.reference.errors import DeliveryError, OutputError, SettingsError
from siei_match.reference.french import french_day
from siei_match.reference.vocabulary import AUTRE, MEME, NE_SAIT_PAS, REPONSES
from siei_match.review import (
    Recorded,
    pairs_to_review,
    read_content,
    read_shown,
    record_judgements,
    withdraw_judgement,
)

CHOICES: Final = {
    MEME: "C'est la même personne",
    AUTRE: "Ce sont deux personnes différentes",
    NE_SAIT_PAS: "Je ne sais pas",
}
AGREE: Final = frozenset({"egal", "compatibles"})
BUSY: Final = "Une exécution est en cours. Réessayez dans quelques minutes."
NO_CHOICE: Final = "Choisissez une réponse, ou passez à la paire suivante."
UNSEEN: Final = (
    "Les valeurs de cette paire ne sont pas montrées ici : aucune réponse n'est prise sans elles."
)
UNDONE: Final = "Cette réponse n'est plus là, ou n'est pas la vôtre. Rien n'a changé."
NO_FILE: Final = "Choisissez le classeur de relecture rempli (.xlsx), ou un CSV."
SLOW: Final = "Beaucoup de dépôts en peu de temps. Attendez une minute."
UNREADABLE: Final = "Ce fichier n'est pas un classeur de relecture : il y faut les colonnes « id_paire » et « réponse »."
LAST: Final = 5
"""One's answers that can be taken back from the page; `siei review withdraw` takes back any."""
KEY: Final = ("fichier_a", "ligne_a", "fichier_b", "ligne_b")


def campaigns(visit: Visit) -> Response:
    """List the campaigns with how many pairs wait in each."""
    return _campaigns(visit)


def _campaigns(
    visit: Visit, *, kept: Recorded | None = None, error: str = "", status: int = 200
) -> Response:
    counts = [
        (code, _pairs(visit, code))
        for code in sorted(prepared_campaigns(visit.portal.sortie), reverse=True)
    ]
    return visit.page(
        "relecture.html.j2",
        status,
        kept=kept,
        error=error,
        campagnes=[
            (code, pairs.height, pairs.filter("decide").height)
            for code, pairs in counts
            if pairs is not None
        ],
    )


def _pairs(visit: Visit, code: str) -> pl.DataFrame | None:
    """Return the pairs that wait; None for a campaign that was run before there were reviews."""
    try:
        return pairs_to_review(
            visit.portal.sortie,
            code,
            par=visit.known.account.courriel,
            second_clerc=visit.portal.gates.second_clerc,
        )
    except OutputError:
        return None


def pair(visit: Visit) -> Response:
    return _show(visit)


def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    """Show the first pair that waits after those passed over."""
    code = visit.chemin["code"]
    if code not in prepared_campaigns(visit.portal.sortie):
        raise RefusalError(404)
    pairs = _pairs(visit, code)
    if pairs is None:
        raise RefusalError(404)
    passed = max(_number(visit.request.query_params.get("passer", "0")), 0)
    rows = pairs.slice(passed, 1).to_dicts()
    values = read_shown(visit.portal.sortie, code, rows[0]["id_paire"]) if rows else pl.DataFrame()
    if values.height:
        _note_view(visit, code, rows[0]["id_paire"])
    return visit.page(
        "paire.html.j2",
        status,
        code=code,
        pair=rows[0] if rows else None,
        rest=pairs.height,
        passed=min(passed, pairs.height),
        traits=_compare(visit, code, rows[0]) if rows else [],
        values=values.to_dicts(),
        mine=_mine(visit, code),
        # Without the values, nor a number that the rarity of a name made.
        chance=class_of(rows[0]["probabilite"]) if rows else "",
        statut=STATUSES.get(rows[0]["statut"] or "", rows[0]["statut"]) if rows else "",
        choices=CHOICES,
        error=error,
    )


def _note_view(visit: Visit, code: str, id_paire: str) -> None:
    """Note that two rows are about to be shown; if the log refuses, they are not."""
    details: dict[str, str | int] = {
        "campagne": code, "format": "paire", "lignes": 2, "paire": id_paire, "voie": "page",
    }  # fmt: skip
    visit.portal.note("acces", visit.known.account.courriel, details)


def _mine(visit: Visit, code: str) -> list[tuple[str, str, str]]:
    """Return the last answers of who is here in this campaign: the pair, what was said, when."""
    me = pl.col("par") == visit.known.account.courriel
    given = read_revues(visit.portal.sortie).filter(me, ~pl.col("retiree"), campagne=code)
    last = given.sort("quand", "id_paire", descending=True).head(LAST)
    return [
        (one, CHOICES.get(said, said), french_day(when[:10]))
        for one, said, when in last.select("id_paire", "reponse", "quand").iter_rows()
    ]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _compare(visit: Visit, code: str, pair: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return each trait that both rows tell: its name, its level in words, and how it is marked."""
    prepared = require_prepared(visit.portal.sortie, code)
    same = [pl.col(name) == pair[name] for name in KEY]
    found = prepared.rows("liens", *same).head(1).to_dicts()
    levels = {
        name.removeprefix("niveau_"): level
        for name, level in (found[0] if found else {}).items()
        if name.startswith("niveau_") and level not in (None, "absent")
    }
    order = [*(t for t in TRAITS if t in levels), *(t for t in levels if t not in TRAITS)]
    return [
        (name_trait(trait), name_level(trait, levels[trait]), _mark(levels[trait]))
        for trait in order
    ]


def _mark(level: str) -> str:
    if level in AGREE:
        return "accord"
    return "ecart" if level in ("different", "simultanees") else ""


def undo(visit: Visit) -> Response:
    """Take back one's own answer on a pair: it waits again."""
    portal, code = visit.portal, visit.chemin["code"]
    actor = portal.actor(visit.known.account.courriel)
    try:
        patiently(
            portal.sortie,
            lambda: withdraw_judgement(
                portal.sortie, visit.form.get("id_paire", ""), actor.par, actor
            ),
        )
    except SettingsError:
        return _show(visit, UNDONE, 403)
    except OutputError:
        return _show(visit, BUSY, 503)
    return RedirectResponse(f"/relecture/{code}?reprise=1", 303)


def send_back(visit: Visit) -> Response:
    """Read a clerk's workbook, keep its judgements, and say what became of each row."""
    portal, sent = visit.portal, visit.fichier
    if not portal.downloads.take(str(visit.known.account.id), portal.clock()):
        return _campaigns(visit, error=SLOW, status=429)
    suffix = PurePath(sent.filename or "").suffix.lower() if sent else ""
    if sent is None or suffix not in (".xlsx", ".csv"):
        return _campaigns(visit, error=NO_FILE, status=403)
    try:
        told = read_content(sent.file.read(), f"relecture{suffix}")
    except DeliveryError:
        return _campaigns(visit, error=UNREADABLE, status=403)
    actor = portal.actor(visit.known.account.courriel)
    try:
        kept = patiently(
            portal.sortie,
            lambda: record_judgements(
                portal.sortie, told.reponses, actor.par, actor.quand, key=actor.cle,
                sans_reponse=told.sans_reponse, refusal=told.refusal, received_sha256=told.sha256,
            )
        )  # fmt: skip
    except OutputError:
        return _campaigns(visit, error=BUSY, status=503)
    return _campaigns(visit, kept=kept)


def judge(visit: Visit) -> Response:
    """Keep a clerk's judgement; the next run honours it."""
    portal, form, code = visit.portal, visit.form, visit.chemin["code"]
    answer, id_paire = form.get("reponse", ""), form.get("id_paire", "")
    if answer not in REPONSES:
        return _show(visit, NO_CHOICE, 403)
    pairs = _pairs(visit, code)
    if pairs is None or id_paire not in pairs["id_paire"]:
        return _show(visit, "Cette paire n'attend plus de réponse : voici la suivante.", 403)
    if not read_shown(portal.sortie, code, id_paire).height:
        return _show(visit, UNSEEN, 403)
    actor = portal.actor(visit.known.account.courriel)
    judgements = pl.DataFrame({"id_paire": [id_paire], "reponse": [answer]})
    try:
        patiently(
            portal.sortie,
            lambda: record_judgements(
                portal.sortie, judgements, actor.par, actor.quand, key=actor.cle
            ),
        )
    except OutputError:
        return _show(visit, BUSY, 503)
    passed = _number(form.get("passees", "0"))
    return RedirectResponse(f"/relecture/{code}?passer={passed}", 303)
