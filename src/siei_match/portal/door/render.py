"""Pages from templates: escaped by default, and told who is here and what they may do."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from siei_match.portal.signin.accounts import Account
from siei_match.reference.files import file_sha256
from siei_match.reference.french import french_day, french_month
from siei_match.release.permissions import Permission, Role

FIXES: Final = Path(__file__).parents[1] / "static"
"""What is sent as it is: the style and the icon."""
TITRES: Final = {
    403: "Visit refusée",
    404: "Page introuvable",
    429: "Trop de demandes",
    500: "Une erreur est survenue",
    503: "Indisponible pour le moment",
}
ROLES: Final = {
    Role.COORDONNATEUR: "coordonnateur",
    Role.RELECTEUR: "relecteur des rapprochements",
    Role.ADMINISTRATEUR: "administrateur",
}
ETATS: Final = {"preparee": "préparée", "publiee": "publiée", "archivee": "archivée"}
NAVIGATION: Final = (
    (Permission.VOIR_LISTES, "/campagnes", "Mes listes"),
    (Permission.REPONDRE, "/reponses", "Répondre"),
    (Permission.RELIRE, "/relecture", "Relecture"),
    (Permission.PUBLIER, "/administration", "Campagnes"),
    (Permission.GERER_COMPTES, "/administration/comptes", "Comptes"),
    (Permission.GERER_COMPTES, "/administration/plateformes", "Plateformes"),
    (Permission.VOIR_AUDIT, "/administration/audit", "Journal"),
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
    made.filters["campagne"] = french_month
    made.globals["style"] = f"/fixes/portail.css?v={_style_version()}"
    made.globals |= {"ROLES": ROLES, "ETATS": ETATS}
    return made


def render(
    gabarit: str,
    status: int,
    *,
    compte: Account | None,
    jeton: str,
    chemin: str,
    demo: str | None,
    **content: Any,
) -> Response:
    """Render a template for who is here, on the page at `chemin`; `jeton` is for its forms."""
    page = environment().get_template(gabarit)
    text = page.render(
        compte=compte,
        jeton=jeton,
        navigation=[
            (target, nom, target == chemin)
            for permission, target, nom in NAVIGATION
            if compte and compte.may(permission)
        ],
        demo=demo,
        status=status,
        titre_refus=TITRES.get(status, TITRES[500]),
        **content,
    )
    return HTMLResponse(text, status)


@cache
def _style_version() -> str:
    return file_sha256(FIXES / "portail.css")[:12]
