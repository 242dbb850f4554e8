"""The small networks that ship in the wheel: `python -m kyara.training.builtin.faces`, and `.heads`."""
