"""The steps of a run: file = step = line of the log = task of a scheduler.

Each reads tables of the staging folder, calls one stage, writes others; the counting laws between
them are checked here. A module holds the step of its name.
"""
