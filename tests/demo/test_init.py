"""Importing the demo is cheap."""

import subprocess
import sys


def test_importing_the_demo_loads_neither_pillow_nor_the_drawing_code() -> None:
    code = "import sys, kyara.demo; print([m for m in ('PIL', 'kyara.demo.drawing') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
