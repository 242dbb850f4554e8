"""Heads turn without losing their place."""

import numpy as np

from kyara.demo.frames import NECK, body_frame, head_frame


def test_the_neck_stays_where_it_is_put() -> None:
    place = head_frame((300, 400), 2.0, yaw=0, pitch=0, roll=25)
    assert np.allclose(place(np.array([[0.0, NECK]])), [[300, 400]])


def test_a_turned_head_moves_its_nose_and_keeps_its_ears() -> None:
    straight, turned = (head_frame((0, 0), 1.0, yaw, 0, 0) for yaw in (0, 20))
    nose, ear = np.array([[0.0, 25.0]]), np.array([[66.0, -6.0]])
    assert (turned(nose) - straight(nose))[0, 0] > 10
    assert abs((turned(ear) - straight(ear))[0, 0]) < 5


def test_a_leaning_body_turns_about_its_neck() -> None:
    place = body_frame((10, 20), 3.0, lean=90)
    assert np.allclose(place(np.array([[0.0, 0.0], [0.0, 5.0]])), [[10, 20], [-5, 20]])
