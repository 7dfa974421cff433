"""Every way to a page, with what it asks for. What is not here does not exist."""

from typing import Final

from siei_match.portal.administration import (
    accounts,
    campaigns,
    demands,
    log,
    platforms,
    yearly,
)
from siei_match.portal.answers import page as answers
from siei_match.portal.door.access import OpenTo, Way
from siei_match.portal.judgements import page as judgements
from siei_match.portal.lists import downloads, person
from siei_match.portal.lists import page as lists
from siei_match.portal.messages import link
from siei_match.portal.progress import page as progress
from siei_match.portal.signin import page as signin
from siei_match.portal.signin import second
from siei_match.portal.signin.oidc import RETOUR, SORTIE
from siei_match.release.permissions import Permission

DEPOT: Final = "/reponses"
CLASSEUR: Final = "/relecture/classeur"
FICHIER_COMPTES: Final = "/administration/comptes/importer"
UPLOADS: Final = frozenset({DEPOT, CLASSEUR, FICHIER_COMPTES})
"""Where a file may be sent; elsewhere a form is small."""
CODE: Final = "{code:campagne}"
LISTE: Final = f"/campagnes/{CODE}/{{psad}}"
CAMPAGNE: Final = f"/administration/campagnes/{CODE}"
COMPTES: Final = "/administration/comptes"

WAYS: Final = (
    Way("GET", "/", signin.home, OpenTo.TOUS),
    Way("GET", "/sante", signin.health, OpenTo.TOUS),
    Way("GET", "/accessibilite", signin.accessibility, OpenTo.TOUS),
    Way("GET", "/connexion", signin.show, OpenTo.TOUS),
    Way("POST", "/connexion", signin.enter, OpenTo.TOUS),
    Way("GET", "/connexion/second", second.show_code, OpenTo.TOUS),
    Way("POST", "/connexion/second", second.give_code, OpenTo.TOUS),
    Way("GET", "/second-facteur", second.show, OpenTo.SIGNED_IN),
    Way("POST", "/second-facteur", second.change, OpenTo.SIGNED_IN),
    Way("GET", "/connexion/fournisseur", signin.ask_provider, OpenTo.TOUS),
    Way("GET", RETOUR, signin.return_from_provider, OpenTo.TOUS),
    Way("GET", SORTIE, signin.return_from_leaving, OpenTo.TOUS),
    Way("GET", "/connexion/lien/{lien}", link.show, OpenTo.TOUS),
    Way("POST", "/connexion/lien/{lien}", link.choose, OpenTo.TOUS),
    Way("POST", "/deconnexion", signin.leave, OpenTo.SIGNED_IN),
    Way("GET", "/aucun", signin.nothing, OpenTo.SIGNED_IN),
    Way("GET", "/mot-de-passe", signin.show_password, OpenTo.SIGNED_IN),
    Way("POST", "/mot-de-passe", signin.set_password, OpenTo.SIGNED_IN),
    Way("GET", "/campagnes", lists.campaigns, Permission.SEE_LISTS),
    Way("GET", LISTE, lists.one_list, Permission.SEE_LISTS),
    Way("POST", LISTE, lists.find, Permission.DOWNLOAD),
    Way("GET", f"{LISTE}/appels", lists.call_sheet, Permission.DOWNLOAD),
    Way("GET", f"{LISTE}/jeunes/{{signalement}}", person.show, Permission.DOWNLOAD),
    Way("POST", f"{LISTE}/jeunes/{{signalement}}", person.answer, Permission.ANSWER),
    Way("GET", f"{LISTE}/liste.{{format}}", downloads.download, Permission.DOWNLOAD),
    Way("GET", f"{LISTE}/mouvements.csv", downloads.download_moves, Permission.DOWNLOAD),
    Way("GET", DEPOT, answers.show, Permission.ANSWER),
    Way("POST", DEPOT, answers.preview, Permission.ANSWER, reads_file=True),
    Way("POST", f"{DEPOT}/enregistrer", answers.record, Permission.ANSWER, reads_file=True),
    Way("GET", "/avancement", progress.show, Permission.SEE_PROGRESS),
    Way("GET", f"/avancement/{CODE}.csv", progress.download, Permission.SEE_PROGRESS),
    Way("GET", "/relecture", judgements.campaigns, Permission.REVIEW),
    Way("GET", f"/relecture/{CODE}", judgements.pair, Permission.REVIEW),
    Way("POST", f"/relecture/{CODE}", judgements.judge, Permission.REVIEW),
    Way("POST", f"/relecture/{CODE}/reprendre", judgements.undo, Permission.REVIEW),
    Way("POST", CLASSEUR, judgements.send_back, Permission.REVIEW, reads_file=True),
    Way("GET", "/administration", campaigns.list_all, Permission.PUBLISH),
    Way("GET", f"{CAMPAGNE}", campaigns.show, Permission.PUBLISH),
    Way("POST", f"{CAMPAGNE}/publier", campaigns.publish, Permission.PUBLISH),
    Way("POST", f"{CAMPAGNE}/retirer", campaigns.take_back, Permission.PUBLISH),
    Way("POST", f"{CAMPAGNE}/archiver", campaigns.close, Permission.PUBLISH),
    Way("GET", COMPTES, accounts.list_all, Permission.MANAGE_ACCOUNTS),
    Way("POST", COMPTES, accounts.create, Permission.MANAGE_ACCOUNTS),
    Way("POST", f"{COMPTES}/chercher", accounts.search, Permission.MANAGE_ACCOUNTS),
    Way("POST", FICHIER_COMPTES, accounts.import_all, Permission.MANAGE_ACCOUNTS, reads_file=True),
    Way("GET", f"{COMPTES}/{{id:int}}", accounts.show, Permission.MANAGE_ACCOUNTS),
    Way("POST", f"{COMPTES}/{{id:int}}", accounts.change, Permission.MANAGE_ACCOUNTS),
    Way("GET", demands.PAGE, demands.show, Permission.MANAGE_ACCOUNTS),
    Way("POST", demands.PAGE, demands.answer, Permission.MANAGE_ACCOUNTS),
    Way("GET", yearly.PAGE, yearly.show, Permission.MANAGE_ACCOUNTS),
    Way("POST", yearly.PAGE, yearly.renew, Permission.MANAGE_ACCOUNTS),
    Way("GET", "/administration/plateformes", platforms.show, Permission.MANAGE_ACCOUNTS),
    Way("GET", "/administration/audit", log.show, Permission.SEE_AUDIT),
    Way("GET", "/administration/audit.csv", log.download, Permission.SEE_AUDIT),
)  # fmt: skip
