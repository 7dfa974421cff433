"""An administrator's page on the yearly review: whose rights end, who no longer comes."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from siei_match.portal.door.visit import Visit
from siei_match.portal.signin import terms
from siei_match.portal.signin.accounts import find_account
from siei_match.portal.signin.welcome import close_what_nobody_used

PAGE: Final = "/administration/revue"
NONE: Final = "Cochez les comptes dont vous avez revu les droits. Les vôtres, un autre administrateur les revoit."


def show(visit: Visit) -> Response:
    """List the accounts that end within sixty days, with why and when."""
    return _show(visit)


def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    portal = visit.portal
    close_what_nobody_used(portal)
    settings, when = portal.reglages, portal.clock()
    ending = terms.list_ending(portal.base, settings, when)
    return visit.page(
        "revue.html.j2",
        status,
        error=error,
        rows=[
            (a, terms.rights_end(a, settings), terms.closes_at(a, settings), a.id == visit.known.account.id)
            for a in ending
        ],
        when=when,
        settings=settings,
    )  # fmt: skip


def renew(visit: Visit) -> Response:
    """Let the terms of the accounts that were ticked begin anew; nobody renews their own."""
    portal, me = visit.portal, visit.known.account
    numbers = {int(n) for n in visit.choices.get("compte", []) if n.isdecimal()} - {me.id}
    targets = [a for n in sorted(numbers) if (a := find_account(portal.base, id=n)) and a.active]
    if not targets:
        return _show(visit, NONE, 403)
    for target in targets:
        details: dict[str, str | int] = {"geste": "revue", "compte": target.id}
        portal.note("compte", me.courriel, details | {"roles": " ".join(sorted(target.roles))})
        terms.renew(portal.base, target, portal.clock())
    return RedirectResponse(PAGE, 303)
