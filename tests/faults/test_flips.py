"""Catalogue rows 6 and 7: a flipped byte is found or does no harm, and never ends as our bug."""

from __future__ import annotations

import pytest

from tests.faults import flips


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return flips.make_sound(tmp_path_factory.mktemp("flips"))


def bad(outcomes):
    return [f"{o.kind} {o.file} byte {o.at} bit {o.bit} {o.codes}: {o.said[-200:]}" for o in outcomes]


@pytest.mark.parametrize("file", ["project.db", "project.toml", "models/v1/preparation.json"])
def test_flips_are_found_or_harmless(sound, file):
    made = list(flips.outcomes(sound, file, 8, seed=5))
    assert not bad(o for o in made if o.kind in ("unseen", "bug"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "count"),
    [("project.db", 1000), ("project.toml", 100), *((f"models/v1/{name}", 10) for name in flips.VERSION_FILES)],
)
def test_many_flips_are_found_or_harmless(sound, file, count):
    made = list(flips.outcomes(sound, file, count, seed=11))
    assert not bad(o for o in made if o.kind in ("unseen", "bug"))
    assert any(o.kind == "found" for o in made)


@pytest.mark.parametrize(("at", "bit"), [("indexed", 3), ("schema", 7)])
def test_a_flip_in_an_index_or_in_the_schema_is_found(sound, at, bit, tmp_path):
    data = (sound / "project.db").read_bytes()
    rows = bytes([8, 4, 17, 1, 1]) + b"v1"
    place = data.index(rows) + 2 if at == "indexed" else data.index(b"REFERENCES changes") + 14
    folder = flips._copy(sound, tmp_path)
    (folder / "project.db").write_bytes(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
    codes, _, said = flips._commands(folder, tmp_path)
    assert codes[0] == 1, said
    assert 3 not in codes, said
