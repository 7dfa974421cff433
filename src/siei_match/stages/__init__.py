"""The stages of a run, pure: frames in, frames out. Siblings that never import one another.

    extract → validate → normalise → link → identify → decide → route → publish

`campaign/steps/` calls each of them, and does the reading and writing around it.
"""
