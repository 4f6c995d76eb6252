"""Cases that come into the test split after a training are found wherever the version is shown."""

from __future__ import annotations

import pytest

from mmdesk.cli.app import Doors, run
from mmdesk.core.fields.splits import TEST, TRAIN
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.learnt import LEARNT, digests, to_text
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.models import comparing
from mmdesk.storage.store import NewCase
from tests.unit.storage_projects import make_project


@pytest.fixture
def project(tmp_path):
    project = make_project(tmp_path, 1)
    project.store.add_cases([NewCase(f"t{n}", split=TRAIN) for n in range(4)], "importer", "t.csv")
    folder = project.folder / "models/v1"
    folder.mkdir(parents=True)
    (folder / "parts.toml").write_text('[head]\nfile = "x.onnx"\n')
    (folder / LEARNT).write_text(to_text(digests(f"t{n}" for n in range(4))))
    card = Card.from_json({"kind": "trained"})
    project.store.add_version(VersionRow("v1", "First", "current", folder="models/v1", card=card))
    yield project
    project.close()


def test_what_moved_to_the_test_split_is_counted(project, capsys):
    assert comparing.version(project, "v1").card.learnt_from_test == 0
    project.store.add_cases([NewCase(f"t{n}", f"g{n}", TEST) for n in range(2)], "importer", "t.csv")
    assert comparing.version(project, "v1").card.learnt_from_test == 2
    doors = Doors(window=lambda _: 0, screenshots=lambda *_: [])
    for words in (["models", str(project.folder)], ["models", str(project.folder), "show", "v1"]):
        assert run(words, doors) == 0
        assert "learnt from 2 cases of the test split" in capsys.readouterr().out
