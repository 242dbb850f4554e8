"""Which of a model's logits means entailment, neutral, contradiction: by the names in its config.json."""

from __future__ import annotations

from dataclasses import dataclass

from kyara.errors import WeightsError
from kyara.weights import Weights, json_of


@dataclass(frozen=True, slots=True)
class Classes:
    """Places of the logits; `neutral` is None in models of two classes, which call the other "not_entailment"."""

    entailment: int
    contradiction: int
    neutral: int | None


def classes_of(weights: Weights) -> Classes:
    """As the model names them. Raises WeightsError for a model that was not trained on entailment."""
    path = weights.file("config.json")
    named = json_of(path).get("id2label")
    labels = {str(label).lower(): int(place) for place, label in named.items()} if isinstance(named, dict) else {}

    def place(*beginnings: str) -> int | None:
        return next((at for label, at in labels.items() if label.startswith(beginnings)), None)

    entailment, contradiction = place("entail"), place("contra", "not_entail", "not entail", "non_entail")
    if entailment is None or contradiction is None:
        raise WeightsError(
            f"{path}: labels {', '.join(labels) or 'without names'} found; entailment and contradiction are expected: "
            "take a model trained on natural language inference, such as facebook/bart-large-mnli"
        )
    return Classes(entailment, contradiction, place("neutral"))
