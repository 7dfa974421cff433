"""Settings of the page: the table [portail] of the settings file, then `SIEI_PORTAIL_*`."""

import os
import tomllib
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from siei_match.reference.errors import SettingsError
from siei_match.reference.toml_text import parse_toml
from siei_match.release.permissions import Role

TABLE: Final = "portail"
PREFIX: Final = "SIEI_PORTAIL_"
LOCAL: Final = ("127.0.0.1", "localhost")


class PortalSettings(BaseSettings):
    """How people sign in, how long they stay, how much they may ask; docs/portail.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    url: str = "http://127.0.0.1:8765"
    """The page's address as browsers see it; https but on this very machine."""
    comptes_locaux: bool = False
    """Sign in by a password of ours, besides or instead of OIDC; the way in of a page on this very
    machine for which nothing else is said."""
    oidc_emetteur: str | None = None
    """The provider's issuer: https://…; its /.well-known/openid-configuration says the rest."""
    oidc_client: str | None = None
    oidc_secret: SecretStr | None = None
    """From the variable only."""
    oidc_secret_fichier: Path | None = None
    oidc_pkce: bool = False
    """ProConnect refuses parameters that it does not know: off unless the provider takes it."""
    oidc_portees: str = "openid given_name usual_name email"
    oidc_acr: str | None = None
    """The level of assurance asked for, as `acr_values`."""
    second_facteur: frozenset[Role] | None = None
    """Roles whose local accounts must have a second factor; the others may."""
    droits_jours: int = Field(default=365, ge=1)
    """Days after which rights that nobody reviewed open nothing."""
    premier_mot_de_passe_jours: int = Field(default=7, ge=1)
    """Days after which a password that an administrator gave, and nobody changed, opens nothing."""
    inutilise_jours: int = Field(default=183, ge=1)
    """Days without a sign-in after which an account closes."""
    chiffrement_cle: Path | None = None
    """A file of age's secret keys, apart from the output folder: what the page keeps is sealed by it."""
    inactivite: int = Field(default=30, ge=1)
    """Minutes without a request after which a session ends."""
    duree: int = Field(default=480, ge=1)
    """Minutes after which it ends in any case."""
    essais: int = Field(default=5, ge=1)
    """Wrong passwords in a row that lock an account."""
    blocage: int = Field(default=15, ge=1)
    """Minutes that the lock lasts."""
    connexions_par_minute: int = Field(default=20, ge=1)
    """Attempts to sign in from one address."""
    telechargements_par_minute: int = Field(default=30, ge=1)
    depots_par_jour: int = Field(default=100, ge=1)
    """Downloads of one account."""
    depot_max: int = Field(default=5, ge=1, le=100)
    """Megabytes of a file of answers."""
    courriel_smtp: str | None = None
    """The mail server, host:port; without it messages are files of DIR/memoire/messages/."""
    courriel_de: str | None = None
    """The sender's address."""
    courriel_tls: bool = True
    """Ask the server for TLS before anything is said."""
    courriel_utilisateur: str | None = None
    courriel_secret_fichier: Path | None = None
    fuseau: str = "Europe/Paris"
    """The time zone in which the page tells the hour."""
    mandataires: str | None = None
    """Addresses of the reverse proxies whose X-Forwarded-For is believed, between commas."""

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.fuseau)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def hosts(self) -> list[str]:
        """The names under which a browser may ask for the page."""
        return list(LOCAL) if self.host in LOCAL else [self.host]

    def is_ours(self, host: str) -> bool:
        """Say whether a Host header is a name of the page, and its port the address's own."""
        try:
            asked = urlsplit(f"//{host}")
            name, port = asked.hostname, asked.port
        except ValueError:
            return False
        written = {f"{name}", f"{name}:{port}"}
        if host.lower() not in written or name not in self.hosts:
            return False
        if name in LOCAL:
            return True  # `--port` chooses it
        given = urlsplit(self.url)
        standard = 443 if self.secure else 80
        return (port or standard) == (given.port or standard)

    def secret(self) -> str:
        """Return the provider's secret: the file's before the variable's.

        Raises:
            SettingsError: there is none, or the file cannot be read.
        """
        if self.oidc_secret_fichier is not None:
            try:
                return self.oidc_secret_fichier.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise SettingsError(
                    f"{self.oidc_secret_fichier} cannot be read.",
                    remedy="Correct oidc_secret_fichier.",
                ) from None
        if self.oidc_secret is None:
            raise SettingsError(
                "OIDC has no client secret.",
                remedy=f"Give oidc_secret_fichier, or the variable {PREFIX}OIDC_SECRET.",
            )
        return self.oidc_secret.get_secret_value()

    @model_validator(mode="before")
    @classmethod
    def let_in_here(cls, given: dict[str, Any]) -> dict[str, Any]:
        host = urlsplit(str(given.get("url", cls.model_fields["url"].default))).hostname
        if host in LOCAL and not given.get("oidc_emetteur"):
            return {"comptes_locaux": True} | given
        return given

    @model_validator(mode="after")
    def know_the_way_in(self) -> "PortalSettings":
        local = self.host in LOCAL
        if not self.host or not (self.secure or local):
            raise ValueError("url must be https, but on this very machine")
        if bool(self.oidc_emetteur) != bool(self.oidc_client):
            raise ValueError("oidc_emetteur and oidc_client go together")
        if self.fuseau not in available_timezones():
            raise ValueError("fuseau is no time zone, such as Europe/Paris")
        issuer = urlsplit(self.oidc_emetteur or "https:")
        if issuer.scheme != "https" and issuer.hostname not in LOCAL:
            raise ValueError("oidc_emetteur must be https: its keys say who signed in")
        if not (self.oidc_emetteur or self.comptes_locaux):
            raise ValueError("nobody could sign in: give oidc_emetteur or comptes_locaux")
        return self


def load_portal_settings(fichier: Path | None = None, **arguments: Any) -> PortalSettings:
    """Read the page's settings.

    Raises:
        SettingsError: the file cannot be read, or a setting is unknown or makes no sense. No value
            is shown: one of them is a secret.
    """
    try:
        found = parse_toml(fichier.read_text(encoding="utf-8")) if fichier else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise SettingsError(
            f"The settings file {fichier} cannot be read.", remedy="Check the path and its TOML."
        ) from None
    table = found.get(TABLE, {})
    if "oidc_secret" in table:
        raise SettingsError(
            f"The settings file {fichier} holds the client secret itself.",
            remedy="Move it to a file of mode 0600 and name that file as oidc_secret_fichier.",
        )
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return PortalSettings(**{**_without_variables(table), **given})
    except ValidationError as failure:
        found_errors = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or TABLE}: {error['msg']}"
            for error in failure.errors(include_input=False, include_context=False)
        )
        raise SettingsError(
            f"Settings of the page refused: {found_errors}.",
            remedy="Correct [portail] or the SIEI_PORTAIL_* variables (docs/portail.md), "
            "or try `siei portal --demo`.",
        ) from None


def _without_variables(table: dict[str, Any]) -> dict[str, Any]:
    # A variable comes before the file, an argument before both.
    return {k: v for k, v in table.items() if f"{PREFIX}{k.upper()}" not in os.environ}
