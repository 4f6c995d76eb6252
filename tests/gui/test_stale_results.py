"""What arrives late never passes for what is true now."""

from __future__ import annotations

from types import SimpleNamespace

from mmdesk.ui.kit.lanes import Lanes
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.reading.case_loader import CaseLoader


class TwoProjects(Lanes):
    """Lanes whose open project the test chooses."""

    project: object = "first"

    def _project(self):
        return self.project


def test_a_result_of_the_project_before_is_not_delivered_to_the_new_one(qtbot):
    lanes = TwoProjects(Notices())
    arrived = []
    try:
        lanes.run("Counting", lambda _ctx: "of the first", arrived.append)
        lanes.project = "second"
        lanes.run("Counting", lambda _ctx: "of the second", arrived.append)
        qtbot.waitUntil(lambda: "of the second" in arrived)
        assert arrived == ["of the second"]
    finally:
        lanes.close_lanes()


class SlowDesk:
    """Answers when the test says so."""

    def __init__(self):
        self.session = SimpleNamespace(project=None, reader="Ann")
        self.asked, self.looks = [], []

    def need_session(self):
        return self.session

    def read(self, name, work, then, failed=None, *, urgent=False):
        self.asked.append(then)

    def run(self, name, work, then=None, *, lane="database"):
        self.looks.append(then)
        return SimpleNamespace(cancel=lambda: None)


def view_of(case_id, words):
    return SimpleNamespace(case=SimpleNamespace(id=case_id), words=words)


def test_a_view_read_before_a_change_is_asked_for_again():
    desk, shown = SlowDesk(), []
    loader = CaseLoader(desk)
    loader.ask(7, shown.append)
    loader.forget([7])
    desk.asked[0](view_of(7, "before"))
    assert shown == []
    assert loader.get(7) is None
    desk.asked[1](view_of(7, "after"))
    assert [view.words for view in shown] == ["after"]
    assert loader.get(7).words == "after"


def test_a_neighbours_view_read_before_a_change_is_not_kept():
    desk = SlowDesk()
    loader = CaseLoader(desk)
    loader.look_ahead([7, 8], lambda _views: None)
    loader.forget([7])
    desk.looks[0]([view_of(7, "before"), view_of(8, "as it is")])
    assert loader.get(7) is None
    assert loader.get(8).words == "as it is"
    loader.forget()
    assert loader.get(8) is None
