"""The right of access: find a person, and tell all that is held of them.

    demande = read_demande(nom, prenom, naissance, commune, ine)
    candidats = search(sortie, demande, cle)          # nobody is chosen
    tenu = gather(sortie, id_personne)                # every campaign, every file

The commands note both in the audit log; what was typed is noted nowhere.
"""

from siei_match.access.held import gather
from siei_match.access.model import Held
from siei_match.access.request import PersonSought, RequestError, read_request
from siei_match.access.search import Candidate, search

__all__ = ["Candidate", "Held", "PersonSought", "RequestError", "gather", "read_request", "search"]
