"""A coordinator's lists: read from what a person released, shown, downloaded."""
