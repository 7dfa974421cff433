"""Pages from templates: escaped by default, and told who is here and what they may do."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from siei_match.portal.door.wording import ACTS, MOTIVES, PROVIDERS
from siei_match.portal.signin.accounts import Account
from siei_match.reference.files import file_sha256
from siei_match.reference.french import (
    french_count,
    french_date,
    french_day,
    french_month,
    french_number,
    french_of_month,
)
from siei_match.release.permissions import Permission, Role
from siei_match.stages.publish.answer_columns import LABELS
from siei_match.stages.publish.report.words import CHECKS
from siei_match.stages.publish.report.words import LABELS as SOURCES

FIXES: Final = Path(__file__).parents[1] / "static"
"""What is sent as it is: the style and the icon."""
TITRES: Final = {
    403: "Demande refusée",
    404: "Page introuvable",
    429: "Trop de demandes",
    500: "Une erreur est survenue",
    503: "Indisponible pour le moment",
}
ROLES: Final = {
    Role.COORDINATOR: "coordonnateur",
    Role.REVIEWER: "relecteur des rapprochements",
    Role.REGION: "région ou académie (chiffres seuls)",
    Role.ADMINISTRATOR: "administrateur",
}
STATES: Final = {"preparee": "préparée", "publiee": "publiée", "archivee": "archivée"}
NAVIGATION: Final = (
    (Permission.SEE_LISTS, "/campagnes", "Mes listes"),
    (Permission.ANSWER, "/reponses", "Répondre"),
    (Permission.SEE_PROGRESS, "/avancement", "Avancement"),
    (Permission.REVIEW, "/relecture", "Relecture"),
    (Permission.PUBLISH, "/administration", "Campagnes"),
    (Permission.MANAGE_ACCOUNTS, "/administration/comptes", "Comptes"),
    (Permission.MANAGE_ACCOUNTS, "/administration/plateformes", "Plateformes"),
    (Permission.MANAGE_ACCOUNTS, "/administration/demandes", "Demandes"),
    (Permission.MANAGE_ACCOUNTS, "/administration/revue", "Revue des droits"),
    (Permission.SEE_AUDIT, "/administration/audit", "Journal"),
)


@cache
def environment() -> Environment:
    """Return the templates' environment, made once."""
    made = Environment(
        loader=PackageLoader("siei_match.portal", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["jour"] = french_day
    made.filters["jma"] = french_date
    made.filters["campagne"] = french_month
    made.filters["de_campagne"] = french_of_month
    made.filters["compte"] = french_count
    made.filters["nombre"] = french_number
    made.globals["style"] = f"/fixes/portail.css?v={_style_version()}"
    made.globals |= {"ROLES": ROLES, "ETATS": STATES, "LABELS": LABELS, "CONTROLES": CHECKS}
    made.globals |= {"MOTIFS": MOTIVES, "EXTRAITS": PROVIDERS, "ACTES": ACTS, "SOURCES": SOURCES}
    return made


def render(
    template: str,
    status: int,
    *,
    account: Account | None,
    token: str,
    path: str,
    demo: bool,
    **content: Any,
) -> Response:
    """Render a template for who is here, on the page at `path`; `token` is for its forms."""
    page = environment().get_template(template)
    text = page.render(
        account=account,
        token=token,
        navigation=[
            (target, name, target == path)
            for permission, target, name in NAVIGATION
            if account and account.may(permission)
        ],
        demo=demo,
        status=status,
        refusal_title=TITRES.get(status, TITRES[500]),
        **content,
    )
    return HTMLResponse(text, status)


@cache
def _style_version() -> str:
    return file_sha256(FIXES / "portail.css")[:12]
