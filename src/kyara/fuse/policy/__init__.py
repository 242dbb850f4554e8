"""The policy: whom to ask of a sighting next, or with which strategy to stop. docs/policy.md has layout and rules.

`state` is what it sees, `actions` what it may do, `policy` the trained network at run time; `episodes` and `learning`
make one. Nothing here asks an extractor: that is the recipe's (`recipes/ordering.py`).
"""
