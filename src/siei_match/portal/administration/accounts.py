"""An administrator's pages on accounts: open, change, close."""

import re
from collections.abc import Iterable
from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.output import audit
from siei_match.portal.administration.finding import cut, find_accounts
from siei_match.portal.administration.importing import EXAMPLE, Made, open_accounts, read_accounts
from siei_match.portal.administration.platforms import known_platforms
from siei_match.portal.administration.withheld import ask_administrator, withhold
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.messages.link import send_link
from siei_match.portal.signin import accounts, factors, terms
from siei_match.portal.signin.accounts import Account, AccountRefusedError
from siei_match.reference.errors import DeliveryError, SieiError
from siei_match.reference.french import french_count
from siei_match.release.permissions import Role

BETWEEN: Final = re.compile(r"[\s,;]+")
ONESELF: Final = "On ne retire pas ses propres droits d'administrateur, ni ne ferme son compte."
ONES_OWN: Final = "Personne ne se donne à soi-même un rôle ou une liste : un autre administrateur le fait. Rien n'a changé."
UNCONFIRMED: Final = (
    "Cochez la case de confirmation : fermer un compte termine ses sessions aussitôt."
)
UNSENT: Final = (
    "Le message n'est pas parti : le serveur de courriel ne répond pas. Réessayez plus tard."
)
NO_FILE: Final = "Choisissez un fichier CSV de comptes."
NOT_ACCOUNTS: Final = (
    f"Ce fichier n'est pas une liste de comptes. Sa première ligne est : {EXAMPLE}"
)
DONE: Final = {
    "droits": "Les droits sont enregistrés.",
    "fermer": "Le compte est fermé, ses sessions sont terminées.",
    "ouvrir": "Le compte est rouvert.",
    "second_facteur": "Le second facteur est retiré : son titulaire en met un autre en place.",
    "lien": "Le lien est envoyé à son adresse ; il sert une fois, pendant un jour.",
}


def list_all(visit: Visit) -> Response:
    return _show_all(visit)


def search(visit: Visit) -> Response:
    """Find accounts by a name or an address; by a form, since an address stands in logs."""
    return _show_all(visit, words=visit.form.get("recherche", "")[:100])


def _show_all(visit: Visit, error: str = "", status: int = 200, words: str = "") -> Response:
    asked = visit.request.query_params
    found = find_accounts(accounts.list_accounts(visit.portal.base), asked, words)
    # A search is a form: it has no second page, and shows all that it found.
    rows, part = (found, None) if words else cut(found, asked, "role", "etat", "psad")
    return visit.page(
        "comptes.html.j2",
        status,
        counts=rows,
        part=part,
        words=words,
        asked={name: asked.get(name, "") for name in ("role", "etat", "psad")},
        roles=list(Role),
        typed=visit.form,
        chosen=visit.choices.get("role", []),
        local=visit.portal.reglages.comptes_locaux,
        error=error,
    )


def create(visit: Visit) -> Response:
    """Open an account; a local one's first password is shown once, here."""
    portal, form = visit.portal, visit.form
    audit.require_writable(portal.sortie)  # no account that the log does not tell
    roles, waits = withhold(portal.gates, visit.choices.get("role", []), frozenset())
    try:
        made, password = accounts.create_account(
            portal.base,
            form.get("courriel", ""),
            form.get("nom", ""),
            roles,
            _platforms(visit),
            local=portal.reglages.comptes_locaux and form.get("local") == "oui",
        )
    except AccountRefusedError as refusal:
        return _show_all(visit, str(refusal), 403)
    _note(visit, "creation", made, roles, len(made.psads))
    terms.renew(portal.base, made, portal.clock())
    terms.begin_given(portal.base, made, portal.clock())
    if waits:
        ask_administrator(visit, made)
    return _show(visit, made, premier=password, waits=waits)


def import_all(visit: Visit) -> Response:
    """Open the accounts of a CSV, all or none; local ones' first passwords are shown once, here."""
    portal, sent = visit.portal, visit.fichier
    audit.require_writable(portal.sortie)
    if sent is None or not sent.filename:
        return _show_all(visit, NO_FILE, 403)
    try:
        told = read_accounts(sent.file.read(), sent.filename, portal.base, known_platforms(visit))
    except DeliveryError:
        return _show_all(visit, NOT_ACCOUNTS, 403)
    made: list[Made] = []
    if not told.wrong:
        local = portal.reglages.comptes_locaux and visit.form.get("local") == "oui"
        details: dict[str, str | int] = {"geste": "import", "comptes": len(told.asked)}
        portal.note("compte", visit.known.account.courriel, details)
        made = open_accounts(portal.base, told.asked, portal.gates, local=local)
    for one in made:
        # Each by its number, as one opened by hand: who opened an account may not confirm through it.
        _note(visit, "creation", one.account, one.account.roles, len(one.account.psads))
        terms.renew(portal.base, one.account, portal.clock())
        terms.begin_given(portal.base, one.account, portal.clock())
        if one.waits:
            ask_administrator(visit, one.account)
    status = 403 if told.wrong else 200
    return visit.page("comptes_importes.html.j2", status, told=told, made=made)


def show(visit: Visit) -> Response:
    return _show(visit, _target(visit))


def _show(
    visit: Visit,
    target: Account,
    error: str = "",
    status: int = 200,
    *,
    premier: str | None = None,
    waits: bool = False,
) -> Response:
    done = DONE.get(visit.request.query_params.get("fait", ""), "")
    return visit.page(
        "compte.html.j2", status, target=target, premier=premier, roles=list(Role), error=error,
        waits=waits, done=done, days=visit.portal.reglages.premier_mot_de_passe_jours,
    )  # fmt: skip


def change(visit: Visit) -> Response:
    """Give an account other roles or platforms, a new first password, or close it."""
    target, action = _target(visit), visit.form.get("geste", "")
    actions = {
        "droits": _rights,
        "mot_de_passe": _password,
        "lien": _link,
        "second_facteur": _factor,
        "fermer": _close,
        "ouvrir": _open,
    }
    if action not in actions:
        raise RefusalError(404)
    try:
        return actions[action](visit, target)
    except AccountRefusedError as refusal:
        return _show(visit, target, str(refusal), 403)


def _rights(visit: Visit, target: Account) -> Response:
    roles = visit.choices.get("role", [])
    if _is_oneself(visit, target) and Role.ADMINISTRATOR not in roles:
        raise AccountRefusedError(ONESELF)
    psads = _platforms(visit)
    if _is_oneself(visit, target) and (set(psads) - target.psads or set(roles) - target.roles):
        raise AccountRefusedError(ONES_OWN)
    now, waits = withhold(visit.portal.gates, roles, target.roles)
    _note(visit, "droits", target, now, len(psads))
    accounts.set_rights(visit.portal.base, target, now, psads)
    if not _is_oneself(visit, target):
        terms.renew(visit.portal.base, target, visit.portal.clock())
    if waits:
        ask_administrator(visit, target)
        return RedirectResponse("/administration/demandes", 303)
    return _back(target, "droits")


def _factor(visit: Visit, target: Account) -> Response:
    """Take a second factor away whose owner lost it; they put another in place."""
    if _is_oneself(visit, target) or not target.enrolled:
        raise AccountRefusedError("Ce second facteur ne se retire pas d'ici.")
    _note(visit, "second_facteur_retire", target)
    factors.remove_factor(visit.portal.base, target)
    return _back(target, "second_facteur")


def _password(visit: Visit, target: Account) -> Response:
    if not target.local:
        raise AccountRefusedError("Ce compte n'a pas de mot de passe ici.")
    if _is_oneself(visit, target):
        return RedirectResponse("/mot-de-passe", 303)
    _note(visit, "mot_de_passe", target)
    given = accounts.reset_password(visit.portal.base, target)
    terms.begin_given(visit.portal.base, target, visit.portal.clock())
    return _show(visit, target, premier=given)


def _link(visit: Visit, target: Account) -> Response:
    """Send a link by which its owner chooses a new password, once, within a day."""
    if not target.local or not target.active:
        raise AccountRefusedError("Ce compte n'a pas de mot de passe ici, ou il est fermé.")
    _note(visit, "lien", target)
    try:
        send_link(visit, target)
    except (OSError, SieiError):
        raise AccountRefusedError(UNSENT) from None
    return _back(target, "lien")


def _close(visit: Visit, target: Account) -> Response:
    if _is_oneself(visit, target):
        raise AccountRefusedError(ONESELF)
    if visit.form.get("confirme") != "oui":
        raise AccountRefusedError(UNCONFIRMED)
    _note(visit, "fermeture", target)
    accounts.set_active(visit.portal.base, target, active=False)
    return _back(target, "fermer")


def _open(visit: Visit, target: Account) -> Response:
    base = visit.portal.base
    # Closed, it was nobody's: an administrator's account opens again as a new one does.
    roles, waits = withhold(visit.portal.gates, target.roles, frozenset())
    _note(visit, "ouverture", target)
    if waits:
        accounts.set_rights(base, target, roles, target.psads)
        ask_administrator(visit, target)
    accounts.set_active(base, target, active=True)
    terms.renew(base, target, visit.portal.clock())
    return _back(target, "ouvrir")


def _is_oneself(visit: Visit, target: Account) -> bool:
    return target.id == visit.known.account.id


def _back(target: Account, done: str) -> Response:
    return RedirectResponse(f"/administration/comptes/{target.id}?fait={done}", 303)


def _target(visit: Visit) -> Account:
    found = accounts.find_account(visit.portal.base, id=int(visit.chemin["id"]))
    if found is None:
        raise RefusalError(404)
    return found


def _note(
    visit: Visit, action: str, target: Account, roles: Iterable[str] = (), platforms: int = 0
) -> None:
    details: dict[str, str | int] = {"geste": action, "compte": target.id}
    if action in ("creation", "droits"):
        details["roles"] = " ".join(sorted(roles))
        details["plateformes"] = platforms
    visit.portal.note("compte", visit.known.account.courriel, details)


def _platforms(visit: Visit) -> list[str]:
    """Read the platforms that were typed.

    Raises:
        CompteRefuseError: no campaign has a list of that code.
    """
    asked = {code for code in BETWEEN.split(visit.form.get("psad", "")) if code}
    known = known_platforms(visit)
    # PSAD-035-*: all those of a département, for who steers a territory.
    for start in {code for code in asked if code.endswith("*") and len(code) > 1}:
        found = {psad for psad in known if psad.startswith(start[:-1])}
        asked = (asked - {start}) | found if found else asked
    unknown = asked - known
    if unknown:
        raise AccountRefusedError(
            f"{french_count(len(unknown), 'code de plateforme inconnu', 'codes de plateforme inconnus')} : la page Plateformes les donne tous."
        )
    return sorted(asked)
