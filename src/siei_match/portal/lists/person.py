"""The page of one young person of a list: how to reach them, what was answered, and answering."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import polars as pl
from starlette.responses import RedirectResponse, Response

from siei_match.collect import SingleAnswer, append_answers
from siei_match.output import list_name
from siei_match.portal.door.patience import patiently
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.lists.contacts import (
    KEY_NAME,
    WRONG,
    Contact,
    add_sources,
    gather_contacts,
    join_prints,
    strike_wrong,
)
from siei_match.portal.lists.desk import Desk, open_desk
from siei_match.portal.lists.followed import let_go, take_on
from siei_match.portal.lists.notes import KEY_NAME as NOTES
from siei_match.portal.lists.notes import LONGEST, open_note, seal_note
from siei_match.portal.lists.page import name_of
from siei_match.portal.lists.progress import find_next
from siei_match.portal.lists.words import (
    offer_answers,
    tell_birth,
    tell_effect,
    tell_end,
    tell_taking_back,
)
from siei_match.reference.errors import OutputError
from siei_match.reference.vocabulary import ANNULE
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows
from siei_match.stages.publish.answer_columns import LABELS

FARTHEST: Final = timedelta(days=366)
"""A next call is within a year: a later day is a slip of the keyboard."""
WHOSE: Final = {"suivre": True, "laisser": False}
"""Forms that say who works on somebody: taken on, let go."""
OLDEST: Final = timedelta(days=366)
NO_CHOICE: Final = "Choisissez ce qui s'est passé."
BAD_DAY: Final = "La date de la réponse est celle d'aujourd'hui ou d'avant, depuis moins d'un an."
BAD_CALL: Final = "Le prochain appel est à partir d'aujourd'hui, dans l'année."
BAD_PLATFORM: Final = "Choisissez dans la liste la plateforme à qui transmettre ce jeune."
OVERTAKEN: Final = (
    "Une autre réponse est arrivée entre-temps, ou ce formulaire a été envoyé deux fois : rien de "
    "plus n'a été enregistré. Voici où l'on en est."
)
LONG_NOTE: Final = f"La note a au plus {LONGEST} caractères."
NOTHING: Final = "Il n'y a plus de réponse à reprendre."
BUSY: Final = "Une exécution est en cours. Réessayez dans quelques minutes : rien n'est enregistré."


class RefusedFormError(Exception):
    """A form of this page is refused, and shown again; the message is French."""


@dataclass(frozen=True)
class Youth:
    """A young person of a list, as their page shows them."""

    desk: Desk
    row: Mapping[str, Any]
    contacts: list[Contact]
    answers: pl.DataFrame

    @property
    def standing(self) -> list[dict[str, Any]]:
        """The answers that stand, the last one last."""
        return self.answers.filter("stands").to_dicts()


def open_youth(visit: Visit) -> Youth:
    """Find the young person that the address names on the list that it names.

    Raises:
        RefusalError: the list is not this account's, or names no such person.
    """
    desk, wanted = open_desk(visit), visit.chemin["signalement"]
    rows = desk.marked.filter(id_signalement=wanted).to_dicts()
    if not rows:
        raise RefusalError(404)
    answers = desk.answers.filter(id_signalement=wanted)
    key = visit.portal.base.secret(KEY_NAME)
    before = _wrong_before(desk, answers, wanted, key)
    told = desk.contacts.filter(id_signalement=wanted).to_dicts()
    contacts = add_sources(gather_contacts(rows[0], key), told, key)
    struck = strike_wrong(contacts, answers, desk.about_this, before)
    return Youth(desk, rows[0], struck, answers)


def _wrong_before(desk: Desk, answers: pl.DataFrame, one: str, key: bytes) -> frozenset[str]:
    """Return fingerprints of what earlier lists held where an answer of then said that all is wrong.

    An answer that came by a file does not say which number: the list that it was about does.
    """
    said = answers.filter("stands", ~desk.about_this, pl.col("contacts").is_null(), retour=WRONG)
    reader = desk.visit.portal.reader
    lists = [
        (code, publication)
        for code, publication in reader.publications().items()
        if code < desk.code and (said.height and one in reader.listed(code, desk.psad))
    ]
    prints: set[str] = set()
    for day, collected in said.select("day", "date_collecte").iter_rows():
        about = (
            code
            for code, publication in lists
            if date.fromisoformat(publication.observation) < day
            or publication.released.quand.date() <= collected
        )
        code = next(about, None)
        found = reader.table(code, desk.psad, list_name(desk.psad, "parquet")) if code else None
        if found is not None:
            held = found.filter(id_signalement=one)
            prints |= {c.fingerprint for row in held.to_dicts() for c in gather_contacts(row, key)}
    return frozenset(prints)


def show(visit: Visit) -> Response:
    return _show(open_youth(visit))


def _show(youth: Youth, error: str = "", status: int = 200) -> Response:
    desk, row, standing = youth.desk, youth.row, youth.standing
    visit, platforms = desk.visit, desk.platforms()
    desk.note("fiche", 1, signalement=row["id_signalement"])
    last = standing[-1] if standing else None
    before = standing[-2] if len(standing) > 1 else None
    return visit.page(
        "jeune.html.j2",
        status,
        code=desk.code,
        counts=desk.counts,
        row=row,
        name=name_of(dict(row)),
        born=tell_birth(row["date_naissance"]),
        until=tell_end(row["date_naissance"]) if row["minor"] else "",
        contacts=youth.contacts,
        answers=_tell_answers(youth),
        note=open_note(last["note"], row["id_signalement"], visit.portal.base.secret(NOTES))
        if last
        else "",
        last=last,
        effect=tell_effect(last["retour"], _name(platforms, last)) if last else "",
        taking_back=tell_taking_back(before, LABELS[before["retour"]] if before else ""),
        listed=_campaigns(youth),
        following=find_next(desk.marked, row["id_signalement"], desk.today),
        platforms=platforms,
        today=desk.today,
        last_day=desk.today + FARTHEST,
        typed=visit.form,
        chosen=visit.choices.get("contact", []),
        choices=offer_answers(),
        LABELS=LABELS,
        error=error,
    )


def _tell_answers(youth: Youth) -> list[dict[str, Any]]:
    """Return the answers, the last one first, each with its note and who of the platform gave it."""
    base = youth.desk.visit.portal.base
    secret, one = base.secret(NOTES), youth.row["id_signalement"]
    names = {row["id"]: row["nom"] for row in base.rows("select id, nom from comptes")}
    return [
        answer
        | {"text": open_note(answer["note"], one, secret), "who": names.get(answer["compte"], "")}
        for answer in youth.answers.reverse().to_dicts()
    ]


def _name(platforms: Mapping[str, str], answer: Mapping[str, Any]) -> str | None:
    code = answer["psad_destination"]
    return platforms.get(code, code) if code else None


def _campaigns(youth: Youth) -> list[str]:
    """Return the released campaigns in which this platform's list named them, oldest first."""
    desk, reader = youth.desk, youth.desk.visit.portal.reader
    return [
        code
        for code, other in sorted(reader.publications().items())
        if code <= desk.code
        and allows(Permission.SEE_LISTS, other.released.etat)
        and youth.row["id_signalement"] in reader.listed(code, desk.psad)
    ]


def answer(visit: Visit) -> Response:
    """Add an answer to the log, correct the last one or take it back; nothing is overwritten."""
    youth = open_youth(visit)
    act = visit.form.get("geste", "")
    if act in WHOSE:
        return _follow(youth, act)
    try:
        said = _take_back(youth) if act == "reprendre" else [_read_form(youth)]
        if act == "corriger":
            said = [*_take_back(youth), *said]
    except RefusedFormError as refused:
        return _show(youth, str(refused), 403)
    portal, desk = visit.portal, youth.desk
    actor = portal.actor(visit.known.account.courriel)
    seen = visit.form.get("vues", "")
    count = int(seen) if seen.isdecimal() and len(seen) < 5 else -1
    try:
        done = patiently(
            portal.sortie,
            lambda: append_answers(portal.sortie, said, desk.psad, actor, seen=count),
        )
    except OutputError:
        return _show(youth, BUSY, 503)
    if not done:
        return _show(open_youth(visit), OVERTAKEN, 409)
    _follow(youth, "suivre", free=True)
    return RedirectResponse(f"{visit.request.url.path}?fait={act or 'ajouter'}#reponse", 303)


def _follow(youth: Youth, act: str, *, free: bool = False) -> Response:
    """Say who works on this young person: who is here, or nobody any more."""
    visit, psad, one = youth.desk.visit, youth.desk.psad, youth.row["id_signalement"]
    base, account = visit.portal.base, visit.known.account
    if WHOSE[act]:
        take_on(base, psad, one, account, visit.portal.clock(), free=free)
    else:
        let_go(base, psad, one)
    return RedirectResponse(f"{visit.request.url.path}?fait={act}", 303)


def _take_back(youth: Youth) -> list[SingleAnswer]:
    """Return what takes back the last answer that stands: of its day, so right after it."""
    if not youth.standing:
        raise RefusedFormError(NOTHING)
    one, account = youth.row["id_signalement"], youth.desk.visit.known.account.id
    return [SingleAnswer(one, ANNULE, youth.standing[-1]["day"], compte=account)]


def _read_form(youth: Youth) -> SingleAnswer:
    """Read the form: what happened, when, and what next.

    Raises:
        RefusedFormError: something is missing, or makes no sense.
    """
    visit, today = youth.desk.visit, youth.desk.today
    form = visit.form
    retour = form.get("retour", "")
    if retour not in LABELS or retour == ANNULE:
        raise RefusedFormError(NO_CHOICE)
    day = _read_day(form.get("date", "")) or (today if not form.get("date") else None)
    if day is None or not today - OLDEST <= day <= today:
        raise RefusedFormError(BAD_DAY)
    call = _read_day(form.get("rappel", ""))
    if form.get("rappel") and (call is None or not today <= call <= today + FARTHEST):
        raise RefusedFormError(BAD_CALL)
    destination = form.get("destination") or None
    if destination and destination not in youth.desk.platforms():
        raise RefusedFormError(BAD_PLATFORM)
    note, one = form.get("note", "").strip(), youth.row["id_signalement"]
    if len(note) > LONGEST:
        raise RefusedFormError(LONG_NOTE)
    secret = visit.portal.base.secret(NOTES)
    said = SingleAnswer(
        one, retour, day, destination, call,
        note=seal_note(note, one, secret) if note else None, compte=visit.known.account.id,
    )  # fmt: skip
    if retour != WRONG:
        return said
    chosen = visit.choices.get("contact", [])
    return replace(said, contacts=join_prints(youth.contacts, chosen))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
