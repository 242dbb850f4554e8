"""The seventeen actions: their order, which is that of a policy's outputs, and when each is there."""

from __future__ import annotations

import numpy as np

from kyara.fuse.policy.actions import ACTIONS, ASKS, STOPS, allowed


def test_the_order_of_the_actions_is_that_of_every_policy_file() -> None:
    assert ACTIONS == (
        "ask tags", "ask text", "ask histogram", "ask builtin", "ask clip", "ask tagger", "ask sentence", "ask nli",
        "ask vlm", "stop average", "stop confidence-weighted", "stop tag-priority", "stop vision-priority",
        "stop conservative", "stop aggressive", "stop pooling", "stop stacking",
    )  # fmt: skip
    assert (ASKS, len(STOPS)) == (9, 8)


def test_who_is_asked_once_or_not_there_is_not_asked() -> None:
    available, asked = np.zeros((2, 9), np.bool_), np.zeros((2, 9), np.bool_)
    available[:, :3], asked[1, 1] = True, True
    masks = allowed(available, asked, ("average", "pooling"))
    said = [[action for action, there in zip(ACTIONS, mask, strict=True) if there] for mask in masks]
    assert said[0] == ["ask tags", "ask text", "ask histogram", "stop average", "stop pooling"]
    assert said[1] == ["ask tags", "ask histogram", "stop average", "stop pooling"]
