"""Every way to a page, with what it asks for. What is not here does not exist."""

from typing import Final

from siei_match.portal.administration import accounts, campaigns, log, platforms
from siei_match.portal.answers import page as answers
from siei_match.portal.door.access import Libre, Voie
from siei_match.portal.judgements import page as judgements
from siei_match.portal.lists import page as lists
from siei_match.portal.signin import page as signin
from siei_match.portal.signin.oidc import RETOUR, SORTIE
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
    Voie("GET", "/relecture", judgements.campaigns, Permission.RELIRE),
    Voie("GET", f"/relecture/{CODE}", judgements.pair, Permission.RELIRE),
    Voie("POST", f"/relecture/{CODE}", judgements.judge, Permission.RELIRE),
    Voie("GET", "/administration", campaigns.list_all, Permission.PUBLIER),
    Voie("GET", f"{CAMPAGNE}", campaigns.show, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/publier", campaigns.publish, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/retirer", campaigns.take_back, Permission.PUBLIER),
    Voie("POST", f"{CAMPAGNE}/archiver", campaigns.close, Permission.PUBLIER),
    Voie("GET", COMPTES, accounts.list_all, Permission.GERER_COMPTES),
    Voie("POST", COMPTES, accounts.create, Permission.GERER_COMPTES),
    Voie("GET", f"{COMPTES}/{{id:int}}", accounts.show, Permission.GERER_COMPTES),
    Voie("POST", f"{COMPTES}/{{id:int}}", accounts.change, Permission.GERER_COMPTES),
    Voie("GET", "/administration/plateformes", platforms.show, Permission.GERER_COMPTES),
    Voie("GET", "/administration/audit", log.show, Permission.VOIR_AUDIT),
)  # fmt: skip
