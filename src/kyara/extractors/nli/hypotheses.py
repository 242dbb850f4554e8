"""The vocabulary as hypotheses: one sentence a label, from its first prompt."""

from __future__ import annotations

from kyara.extractors.language.wording import spoken
from kyara.vocabulary import Attribute

TEMPLATE = "This text describes {}."


def hypotheses_of(attribute: Attribute) -> tuple[str, ...]:
    """One per label, in their order: "This text describes a person with red hair."."""
    return tuple(TEMPLATE.format(spoken(label.prompts[0])) for label in attribute.labels)
