"""Promotion by a person with a reason, one step back, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdesk.core.errors import LookOnly, ModelProblem, Situation
from mmdesk.core.judge.verdict import Comparison, FigureRow, judge
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.models import comparing
from mmdesk.services.models import versions as results
from mmdesk.services.project import create_project, open_project
from tests.unit.training_projects import READER, RECORD_ONLY

ROWS = (FigureRow("Sick AUC", "auc", "all", 300, 40, 0.861, 0.874, 0.013, 0.002, 0.024, target="sick"),)


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", RECORD_ONLY)
    judged, verdict, words = judge(ROWS)
    comparison = Comparison("v2", "v1", judged, verdict, words, labels="abc")
    figure = {"metric": "Sick AUC", "value": 0.861, "low": 0.82, "high": 0.9, "n": 300}
    cards = {
        "v1": {"evaluation": {"figures": [figure]}},
        "v2": {"comparison": comparison.as_json()},
        "v3": {"comparison": replace(comparison, candidate="v3").as_json()},
    }
    for name, card in cards.items():
        folder = project.folder / "models" / name
        folder.mkdir(parents=True)
        (folder / "parts.toml").write_text("")
        state = "current" if name == "v1" else "candidate"
        project.store.add_version(VersionRow(name, name, state, folder=f"models/{name}", card=Card.from_json(card)))
    yield project
    project.close()


def states(project):
    return {row.id: row.state for row in comparing.versions(project)}


def test_a_promotion_needs_a_reason_and_is_journalled(project):
    with pytest.raises(Situation, match="there is no reason"):
        results.promote(project, "v2", READER, "  ")
    assert states(project)["v1"] == "current"
    change = results.promote(project, "v2", READER, "Better on glaucoma.")
    assert change.versions
    assert change.predictions
    assert change.saved_at
    assert change.words == "v2 is current. Predictions made by v1 keep its name."
    assert states(project) == {"v1": "earlier", "v2": "current", "v3": "candidate"}
    entry = next(e for e in project.store.journal(10) if e.field == "v2" and e.why)
    assert (entry.reader, entry.why) == (READER, "Better on glaucoma.")
    assert project.store.check_journal() == []


def test_rollback_goes_one_step_back_and_not_in_circles(project):
    results.promote(project, "v2", READER, "Better.")
    results.promote(project, "v3", READER, "Better still.", anyway=True)
    change = results.rollback(project, READER, "Worse after all.")
    assert change.words == "v2 is current again. Predictions made by v3 keep its name."
    results.rollback(project, READER)
    assert states(project) == {"v1": "current", "v2": "earlier", "v3": "earlier"}
    with pytest.raises(Situation, match="No version was current before"):
        results.rollback(project, READER)


def test_what_cannot_be_promoted_is_said(project):
    with pytest.raises(Situation, match="v1 is current already"):
        results.promote(project, "v1", READER, "Again.")
    with pytest.raises(ModelProblem, match="no model version v9") as why:
        results.promote(project, "v9", READER, "Why not.")
    assert "v1, v2, v3" in why.value.do
    import shutil

    shutil.rmtree(project.folder / "models/v2")
    with pytest.raises(ModelProblem):
        results.promote(project, "v2", READER, "Its files are gone.")
    assert states(project)["v1"] == "current"


def test_a_discarded_candidate_can_still_be_promoted(project):
    results.discard(project, "v2", READER)
    assert states(project)["v2"] == "discarded"
    with pytest.raises(Situation, match="no candidate"):
        results.discard(project, "v1", READER)
    results.promote(project, "v2", READER, "On second thought.")
    assert states(project)["v2"] == "current"


def test_the_comparison_comes_from_the_card_in_words(project):
    found = comparing.standing(project, "v2").comparison
    assert found.recommended
    assert found.words == "Recommended. Better by 0.013 AUC (0.002 to 0.024); no rule broken."
    assert found.as_json()["rows"][0]["metric"] == "Sick AUC"


def test_nothing_is_promoted_where_one_may_only_look(project):
    other = open_project(project.folder)
    with pytest.raises(LookOnly):
        results.promote(other, "v2", READER, "From another window.")
    other.close()


def test_a_comparison_with_what_is_no_longer_current_is_refused_unless_the_reason_is_given(project):
    results.promote(project, "v2", READER, "Better.")
    with pytest.raises(Situation, match="out of date: it was made against v1, and v2 is current now"):
        results.promote(project, "v3", READER, "Better still.")
    assert states(project)["v2"] == "current"
    results.promote(project, "v3", READER, "Needed at once.", anyway=True)
    why = next(e.why for e in project.store.journal(10) if e.field == "v3" and e.why)
    assert why.startswith("Needed at once. (Promoted anyway. The comparison of v3 is out of date")


def test_what_has_no_figures_is_not_promoted_without_a_word(project):
    folder = project.folder / "models/v4"
    folder.mkdir()
    results.register(project, "v4", Card(kind="brought along"), READER, "Added.")
    with pytest.raises(Situation, match="with v1, the current version, was not made yet"):
        results.promote(project, "v4", READER, "It looks good.")
    empty = Comparison("v4", "v1", (), words="Cannot tell yet.")
    project.store.set_setting("comparison of v4", empty.as_json())
    with pytest.raises(Situation, match="has no figures"):
        results.promote(project, "v4", READER, "It looks good.")
    assert states(project)["v1"] == "current"


def test_a_version_that_was_current_before_is_not_promoted_again_on_no_comparison(project):
    results.promote(project, "v2", READER, "Better.")
    with pytest.raises(Situation, match="was not made yet"):
        results.promote(project, "v1", READER, "Back.")
    results.rollback(project, READER)
    assert states(project)["v1"] == "current"
    assert comparing.standing(project, "v2").doubt == ""
