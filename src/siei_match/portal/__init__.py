"""The page where platforms find their lists and answer; for people who are not engineers.

French, server-rendered, without script. One door (`access`) to every page of one table (`routes`);
nothing is shown that is not allowed there. It reads DIR/publiees/, never an extract.

    portail = open_portail(sortie, reglages, gardes, horloge=…)
    app = create_app(portail)
"""

from siei_match.portal.app import create_app
from siei_match.portal.config import PortalSettings, load_portal_settings
from siei_match.portal.opening import open_portal
from siei_match.portal.state import Portal

__all__ = ["Portal", "PortalSettings", "create_app", "load_portal_settings", "open_portal"]
