"""Two people for what matters: what one asked, as the audit log holds it, and who may confirm it.

There is no other register: `demande` is an entry of the log, sealed by the key like any other; what
answers it (`release`, `compte`, `demande_refusee`) names it, and so closes it. Whoever can write
the folder without the key can ask in nobody's name where this process has the key.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from siei_match.output import audit
from siei_match.output.audit import Actor, Entry, is_sealed_by
from siei_match.reference.files import bytes_sha256
from siei_match.reference.settings import Settings
from siei_match.release.policies import ActRefusedError

REQUEST: Final = "demande"
"""The act of an entry that asks; in the details of any other entry, what it answers."""
REFUSAL: Final = "demande_refusee"
OVERRIDDEN: Final = "levee_"
SEALED: Final = "manifeste"


class Matter(StrEnum):
    """What the setting `deux_personnes` may ask two people for."""

    PUBLISH = "publier"
    OVERRIDE = "lever"
    ADMINISTRATOR = "administrateur"
    MODEL = "modele"


RELEASES: Final = (Matter.PUBLISH, Matter.OVERRIDE)


@dataclass(frozen=True)
class Asked:
    """What somebody asked, and another is to confirm."""

    id: str
    matter: str
    subject: str
    """The campaign's code, the account's number, or the model's hash."""
    par: str
    quand: datetime
    seat: str
    """The system's user on the command line; on the page, none."""
    manifest: str
    despite: Mapping[str, str]

    def ends(self, settings: Settings) -> datetime:
        """Return when it is void."""
        return self.quand + timedelta(hours=settings.deux_personnes_heures)


def matters_of(settings: Settings, despite: Mapping[str, str]) -> frozenset[Matter]:
    """Return why a release asks for two people here; none: one is enough."""
    asked_for = {Matter(name) for name in settings.deux_personnes or ()}
    here = {Matter.PUBLISH, Matter.OVERRIDE} if despite else {Matter.PUBLISH}
    return frozenset(asked_for & here)


def require_second(
    code: str, settings: Settings, despite: Mapping[str, str], asked: Asked | None
) -> None:
    """Refuse a release by one person where the setting asks for two.

    Raises:
        ActRefusedError: nobody else asked for it.
    """
    if matters_of(settings, despite) and asked is None:
        raise ActRefusedError(
            f"The release of {code} takes two people (deux_personnes).",
            remedy="Ask for it; somebody else confirms (docs/portail.md).",
        )


def ask(sortie: Path, matter: Matter, subject: str, actor: Actor, *, seat: str = "",
        manifest: str = "", despite: Mapping[str, str] | None = None) -> Asked:  # fmt: skip
    """Note what somebody asks; it does nothing until another confirms.

    Raises:
        OutputError: the log cannot be written.
    """
    words = "\n".join((matter, subject, actor.par, actor.quand.isoformat()))
    name = bytes_sha256(words.encode())[:8]
    details: dict[str, str | int] = {REQUEST: name, "geste": str(matter), "objet": subject}
    details |= {"utilisateur": seat} if seat else {}
    details |= {f"{OVERRIDDEN}{gate}": motif.strip() for gate, motif in (despite or {}).items()}
    audit.append(
        sortie, REQUEST, actor, details=details,
        fichiers={SEALED: manifest} if manifest else {},
    )  # fmt: skip
    return Asked(name, matter, subject, actor.par, actor.quand, seat, manifest, dict(despite or {}))


def list_asked(sortie: Path, settings: Settings, actor: Actor) -> list[Asked]:
    """Return what waits for a second person, the oldest first.

    What is void by its age, answered, or sealed by no key of ours (where there is one) is left out.

    Raises:
        OutputError: the log cannot be read.
    """
    entries = audit.read_entries(sortie, holding=f'"{REQUEST}"'.encode())
    answered = {e.details.get(REQUEST) for e in entries if e.acte != REQUEST}
    found = [_read(e) for e in entries if e.acte == REQUEST and _is_trusted(e, actor)]
    return [
        one
        for one in found
        if one.id not in answered and one.quand <= actor.quand < one.ends(settings)
    ]


def _is_trusted(entree: Entry, actor: Actor) -> bool:
    return not actor.keys or any(is_sealed_by(entree, key) for key in actor.keys)


def _read(entree: Entry) -> Asked:
    told = {name: str(value) for name, value in entree.details.items()}
    return Asked(
        told.get(REQUEST, ""),
        told.get("geste", ""),
        told.get("objet", ""),
        entree.par,
        datetime.fromisoformat(entree.quand),
        told.get("utilisateur", ""),
        entree.fichiers.get(SEALED, ""),
        {
            name.removeprefix(OVERRIDDEN): value
            for name, value in told.items()
            if name.startswith(OVERRIDDEN)
        },
    )


def find_asked(sortie: Path, name: str, settings: Settings, actor: Actor) -> Asked:
    """Return what waits under this name.

    Raises:
        ActRefusedError: nothing does.
    """
    found = next((one for one in list_asked(sortie, settings, actor) if one.id == name), None)
    if found is None:
        raise ActRefusedError(
            "Nothing waits for a second person under that name: it is unknown, answered, void by its "
            "age, or noted without the key.",
            remedy="Ask again, with the key at hand.",
        )
    return found


def require_waiting(
    sortie: Path, asked: Asked, settings: Settings, actor: Actor, manifest: str
) -> None:
    """Make sure, under the folder's lock, that this still waits, of the same run, for somebody else.

    Raises:
        ActRefusedError: it was answered meanwhile, or the campaign was run again.
    """
    require_another(sortie, asked, actor)
    if (find_asked(sortie, asked.id, settings, actor), asked.manifest) != (asked, manifest):
        raise ActRefusedError(
            "The campaign was run again after its release was asked for.",
            remedy="Look at it, and ask again.",
        )


def require_another(
    sortie: Path, asked: Asked, actor: Actor, *, seat: str = "", alike: Collection[str] = ()
) -> None:
    """Refuse who asked, under whatever name it can be known; the refusal is audited.

    Args:
        sortie: the output folder.
        asked: what is to be confirmed.
        actor: who would confirm it.
        seat: the system's user who gives the command.
        alike: names that may be the same human as the actor (`portal/administration/likeness.py`).

    Raises:
        ActRefusedError: it is, or may be, the same person.
    """
    same_name = fold(asked.par) in {fold(name) for name in (actor.par, *alike)}
    if same_name or (seat and seat == asked.seat):
        details: dict[str, str | int] = {"issue": "refusee", "essai": asked.id}
        audit.append(sortie, "confirmation", actor, details=details, fichiers={})
        raise ActRefusedError(
            "Whoever asked cannot confirm, under another name either: this is the same user of the system, or an "
            "account of the same name, box or recent hands.",
            remedy="Somebody else confirms, from an account of their own.",
        )


def fold(name: str) -> str:
    return " ".join(name.casefold().split())


def refuse_asked(sortie: Path, asked: Asked, actor: Actor) -> None:
    """Put what was asked aside: it cannot be confirmed any more.

    Raises:
        OutputError: the log cannot be written.
    """
    audit.append(sortie, REFUSAL, actor, details={REQUEST: asked.id}, fichiers={})


def of_campaign(waiting: Iterable[Asked], code: str) -> list[Asked]:
    """Return those that ask for the release of a campaign."""
    return [one for one in waiting if one.subject == code and one.matter in RELEASES]
