"""The jobs Kyara does, one page each: a recipe composes the rooms and reads top to bottom."""
