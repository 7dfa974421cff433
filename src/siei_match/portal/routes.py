"""Every way to a page, with what it asks for. What is not here does not exist."""

from typing import Final

from siei_match.portal.access import Libre, Voie
from siei_match.portal.oidc import RETOUR, SORTIE
from siei_match.portal.pages import accounts, answers, lists, release, reviews, signin
from siei_match.release.permissions import Permission

DEPOT: Final = "/reponses"
CODE: Final = "{code:campagne}"
CAMPAGNE: Final = f"/administration/campagnes/{CODE}"
COMPTES: Final = "/administration/comptes"

VOIES: Final = (
    Voie("GET", "/", signin.home, Libre.TOUS),
    Voie("GET", "/sante", signin.health, Libre.TOUS),
    Voie("GET", "/accessibilite", signin.accessibility, Libre.TOUS),
    Voie("GET", "/connexion", signin.show, Libre.TOUS),
    Voie("POST", "/connexion", signin.enter, Libre.TOUS),
    Voie("GET", "/connexion/fournisseur", signin.ask_provider, Libre.TOUS),
    Voie("GET", RETOUR, signin.return_from_provider, Libre.TOUS),
    Voie("GET", SORTIE, signin.return_from_leaving, Libre.TOUS),
    Voie("POST", "/deconnexion", signin.leave, Libre.CONNECTE),
    Voie("GET", "/aucun", signin.nothing, Libre.CONNECTE),
    Voie("GET", "/mot-de-passe", signin.show_password, Libre.CONNECTE),
    Voie("POST", "/mot-de-passe", signin.set_password, Libre.CONNECTE),
    Voie("GET", "/campagnes", lists.campaigns, Permission.VOIR_LISTES),
    Voie("GET", f"/campagnes/{CODE}/{{psad}}", lists.one_list, Permission.VOIR_LISTES),
    Voie(
        "GET", f"/campagnes/{CODE}/{{psad}}/liste.{{format}}", lists.download,
        Permission.TELECHARGER,
    ),
    Voie("GET", DEPOT, answers.show, Permission.REPONDRE),
    Voie("POST", DEPOT, answers.preview, Permission.REPONDRE),
    Voie("POST", f"{DEPOT}/enregistrer", answers.record, Permission.REPONDRE),
    Voie("GET", "/relecture", reviews.campaigns, Permission.RELIRE),
    Voie("GET", f"/relecture/{CODE}", reviews.pair, Permission.RELIRE),
    Voie("POST", f"/relecture/{CODE}", reviews.answer, Permission.RELIRE),
    Voie("GET", "/administration", release.campaigns, Permission.PUBLIER),
    Voie("GET", f"{CAMPAGNE}", release.campaign, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/publier", release.publish, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/retirer", release.take_back, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/archiver", release.close, Permission.PUBLIER),
    Voie("GET", COMPTES, accounts.list_all, Permission.GERER_COMPTES),
    Voie("POST", COMPTES, accounts.create, Permission.GERER_COMPTES),
    Voie("GET", f"{COMPTES}/{{id:int}}", accounts.show, Permission.GERER_COMPTES),
    Voie("POST", f"{COMPTES}/{{id:int}}", accounts.change, Permission.GERER_COMPTES),
    Voie("GET", "/administration/plateformes", accounts.platforms, Permission.GERER_COMPTES),
    Voie("GET", "/administration/audit", accounts.log, Permission.VOIR_AUDIT),
)  # fmt: skip
