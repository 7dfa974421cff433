"""What holds for every test: on how many examples a property is tried (`--hypothesis-profile`)."""

from tests.examples import register_profiles

register_profiles()
