"""What a run can be told: settings from a file and variables, and the secret keys."""

from siei_match.reference.settings.keys import (
    forget_key,
    key_id,
    key_path,
    load_key,
    load_keys,
    renew_key,
)
from siei_match.reference.settings.model import Settings, load_settings

__all__ = [
    "Settings",
    "forget_key",
    "key_id",
    "key_path",
    "load_key",
    "load_keys",
    "load_settings",
    "renew_key",
]
