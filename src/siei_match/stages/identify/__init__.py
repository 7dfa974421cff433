"""Identify: the stable, keyed identifier of each person, from campaign to campaign."""
