"""Clerical review: one pair in doubt at a time, without a name, since the page has no extract.

What is shown is what the linkage compared, level by level; whoever must see the values works in the
workbook of `siei review export`, made on the server by who holds the extracts.
"""

from typing import Any, Final

import polars as pl
from starlette.responses import RedirectResponse, Response

from siei_match.explain.wording import STATUSES, TRAITS, name_level, name_trait
from siei_match.output import prepared_campaigns, require_prepared
from siei_match.output.databases.coarse import class_of
from siei_match.portal.door.patience import patiently
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.reference.errors import OutputError
from siei_match.reference.vocabulary import AUTRE, MEME, NE_SAIT_PAS, REPONSES
from siei_match.review import pairs_to_review, record_judgements

CHOICES: Final = {
    MEME: "C'est la même personne",
    AUTRE: "Ce sont deux personnes différentes",
    NE_SAIT_PAS: "Je ne sais pas",
}
AGREE: Final = frozenset({"egal", "compatibles"})
BUSY: Final = "Une exécution est en cours. Réessayez dans quelques minutes."
NO_CHOICE: Final = "Choisissez une réponse, ou passez à la paire suivante."
KEY: Final = ("fichier_a", "ligne_a", "fichier_b", "ligne_b")


def campaigns(visit: Visit) -> Response:
    """List the campaigns with how many pairs wait in each."""
    counts = [
        (code, _pairs(visit, code))
        for code in sorted(prepared_campaigns(visit.portal.sortie), reverse=True)
    ]
    return visit.page(
        "relecture.html.j2",
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
    return visit.page(
        "paire.html.j2",
        status,
        code=code,
        pair=rows[0] if rows else None,
        rest=pairs.height,
        passed=min(passed, pairs.height),
        traits=_compare(visit, code, rows[0]) if rows else [],
        # A clerk of the page sees no value: nor a number that the rarity of a name made.
        chance=class_of(rows[0]["probabilite"]) if rows else "",
        statut=STATUSES.get(rows[0]["statut"] or "", rows[0]["statut"]) if rows else "",
        choices=CHOICES,
        error=error,
    )


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


def judge(visit: Visit) -> Response:
    """Keep a clerk's judgement; the next run honours it."""
    portal, form, code = visit.portal, visit.form, visit.chemin["code"]
    answer, id_paire = form.get("reponse", ""), form.get("id_paire", "")
    if answer not in REPONSES:
        return _show(visit, NO_CHOICE, 403)
    pairs = _pairs(visit, code)
    if pairs is None or id_paire not in pairs["id_paire"]:
        return _show(visit, "Cette paire n'attend plus de réponse : voici la suivante.", 403)
    actor = portal.actor(visit.known.account.courriel)
    judgements = pl.DataFrame({"id_paire": [id_paire], "reponse": [answer]})
    try:
        patiently(
            lambda: record_judgements(
                portal.sortie, judgements, actor.par, actor.quand, key=actor.cle
            )
        )
    except OutputError:
        return _show(visit, BUSY, 503)
    passed = _number(form.get("passees", "0"))
    return RedirectResponse(f"/relecture/{code}?passer={passed}", 303)
