"""The command line: parse, call a recipe, print. No work is done here."""
