"""Commands that bring cases in take no option that they would ignore."""

from __future__ import annotations

import pytest

from mmdesk.cli.app import run
from tests.unit.cli.test_app import doors


@pytest.mark.parametrize(
    "words",
    [
        ("--copy-images",),
        ("--schema", "s.toml"),
        ("--pattern", "{case}"),
        ("--sheet", "Cases"),
        ("--folder", "left=images"),
        ("--write-schema", "out.toml"),
    ],
)
def test_a_packet_is_not_read_by_choices_of_a_table(tmp_path, capsys, words):
    assert run(["new", str(tmp_path / "p"), "--from", str(tmp_path / "x.mmpacket"), *words], doors()) == 2
    assert f"A packet needs no {words[0]}." in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "p").exists()


def test_a_schema_that_is_given_is_not_written_as_a_guess(tmp_path, capsys):
    words = ("--schema", "s.toml", "--write-schema", "out.toml")
    assert run(["new", str(tmp_path / "p"), "--from", str(tmp_path / "t.csv"), *words], doors()) == 2
    assert "exclude each other" in " ".join(capsys.readouterr().err.split())
