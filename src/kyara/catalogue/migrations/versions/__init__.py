"""One file a revision, named by its number. A revision spells its tables out: it must not follow schema.py."""
