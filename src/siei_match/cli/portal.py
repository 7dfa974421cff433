"""The page for the platforms, and its accounts."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from siei_match.cli.options import (
    Par,
    SettingsFile,
    Sortie,
    find_keys,
    name_actor,
    say,
)
from siei_match.reference.extras import require_extra
from siei_match.reference.seat import system_user

PORT = 8765


def portal(
    *,
    sortie: Sortie,
    port: Annotated[int, Parameter(help="The port.", validator=Number(gte=1, lte=65535))] = PORT,
    adresse: Annotated[
        str, Parameter(help="The address to listen on; a reverse proxy stands before it.")
    ] = "127.0.0.1",
    socket: Annotated[
        Path | None,
        Parameter(
            help="A socket to listen on in place of a port, in a folder closed to all but the proxy's group: no "
            "other user of this machine reaches the page."
        ),
    ] = None,
    demo: Annotated[
        bool,
        Parameter(
            help="For a demonstration on fictive data: accounts whose password is told here.",
            negative=(),
        ),
    ] = False,
    reglages: SettingsFile = None,
) -> None:
    """Serve the page where platforms find their released lists and answer.

    Its settings stand under [portail] in the settings file, or in SIEI_PORTAIL_* variables
    (docs/portail.md). It reads DIR/publiees/ and writes DIR/memoire/; it needs no extract.

    Example: `siei portal --sortie out --demo`
    """
    require_extra("portal", "The page cannot be served")
    from siei_match.portal import load_portal_settings
    from siei_match.portal.serve import serve
    from siei_match.reference.settings import load_settings

    ours = f"http://127.0.0.1:{port}"
    if demo:
        page = load_portal_settings(reglages, url=ours, comptes_locaux=True)
        adresse = "127.0.0.1"
    else:
        page = load_portal_settings(reglages)
        if "url" not in page.model_fields_set:
            page = page.model_copy(update={"url": ours})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # It logs whole addresses, and one of a sign-in may hold a code.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Not on the page: every user of this machine reaches it.
    password = secrets.token_urlsafe(9) if demo else None
    say([f"The page: {page.url}   (Ctrl-C ends it)"])
    if password is not None:
        say([f"  coordination@demo.invalid, password   {password}"])
    serve(
        sortie,
        page,
        load_settings(reglages),
        clock=lambda: datetime.now(UTC),
        keys=find_keys(reglages),
        demo=password,
        address=adresse,
        port=port,
        socket=None if demo else socket,
    )


def account(
    courriel: Annotated[str, Parameter(help="The professional e-mail address.")],
    nom: Annotated[str, Parameter(help="The name that the page shows.")],
    /,
    *,
    sortie: Sortie,
    role: Annotated[
        tuple[Literal["coordonnateur", "region", "relecteur", "administrateur"], ...],
        Parameter(help="A role; can be repeated.", negative=()),
    ],
    psad: Annotated[
        tuple[str, ...],
        Parameter(help="Platforms of a coordonnateur.", consume_multiple=True, negative=()),
    ] = (),
    local: Annotated[
        bool, Parameter(help="With a password of the page, shown once.", negative=())
    ] = False,
    renew: Annotated[
        bool,
        Parameter(
            help="Of an account that stands: these roles and platforms, for another year.",
            negative=(),
        ),
    ] = False,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Open an account on the page: the first administrator's; the others are made there.

    Rights end after a year, and an account after six months without use; an administrator of the page
    renews them, or --renew does where none is left.

    Example: `siei account a.martin@exemple.fr "A. Martin" --role administrateur --sortie out`
    """
    require_extra("portal", "No account of the page can be opened")
    from siei_match.portal.administration.from_outside import open_account
    from siei_match.reference.settings import load_settings

    opened = open_account(
        sortie,
        courriel,
        nom,
        role,
        psad,
        local=local,
        actor=name_actor(par, reglages),
        settings=load_settings(reglages),
        renew=renew,
        seat=system_user(),
    )
    say([f"The account {courriel} is open."])
    if opened.waits:
        say(["  the administrator's role waits: one of the page confirms it (Demandes)"])
    if opened.password:
        say([f"  first password   {opened.password}   (to be changed at the first sign-in)"])
