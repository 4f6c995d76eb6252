"""The cache of embeddings: what was put comes back, and any damage only costs it."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mmdesk.storage.embedding_cache import EmbeddingCache


@pytest.fixture
def cache(tmp_path):
    cache = EmbeddingCache(tmp_path / "cache")
    yield cache
    cache.close()


def rows(count: int, width: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float16)


def keys(count: int, start: int = 0) -> list[str]:
    return [f"{i:064x}" for i in range(start, start + count)]


def test_rows_come_back_in_the_order_asked(cache):
    values = rows(5)
    assert cache.put("a", keys(5), values)
    wanted = [keys(5)[3], "none", keys(5)[0], keys(5)[3]]
    found, got = cache.get("a", wanted, 8)
    assert found.tolist() == [True, False, True, True]
    assert np.array_equal(got, np.stack([values[3], np.zeros(8), values[0], values[3]]))


def test_parts_do_not_mix(cache):
    cache.put("a", keys(2), rows(2))
    assert not cache.get("b", keys(2), 8)[0].any()
    assert not cache.get("a", keys(2), 9)[0].any()


def test_another_cache_on_the_folder_sees_what_is_added_later(cache, tmp_path):
    other = EmbeddingCache(tmp_path / "cache")
    assert not other.get("a", keys(1000), 8)[0].any()
    cache.put("a", keys(600), rows(600))
    assert other.get("a", keys(1000), 8)[0].sum() == 600
    cache.put("a", keys(400, 600), rows(400))
    assert other.get("a", keys(1000), 8)[0].all()
    other.close()


def test_rows_of_a_key_are_replaced(cache):
    cache.put("a", keys(3), rows(3))
    cache.get("a", keys(3), 8)
    newer = rows(3, seed=9)
    cache.put("a", keys(3), newer)
    cache.close()
    assert np.array_equal(cache.get("a", keys(3), 8)[1], newer)


def test_a_full_cache_lets_the_oldest_go(tmp_path):
    cache = EmbeddingCache(tmp_path / "cache", most_bytes=2 << 20)
    for start in range(0, 1000, 50):
        assert cache.put("a", keys(50, start), rows(50, 2000, seed=start))
    assert cache.size() <= 2 << 20
    found = cache.get("a", keys(1000), 2000)[0]
    assert found[-300:].all()
    assert not found[:300].any()
    cache.close()
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) < 4 << 20


def test_a_damaged_row_is_not_given_out_and_can_be_put_again(cache, tmp_path):
    values = rows(4)
    cache.put("a", keys(4), values)
    cache.close()
    file = tmp_path / "cache" / "embeddings.db"
    whole = file.read_bytes()
    assert whole.count(values[1].tobytes()) == 1
    file.write_bytes(whole.replace(values[1].tobytes(), rows(1, seed=5)[0].tobytes()))
    assert cache.get("a", keys(4), 8)[0].tolist() == [True, False, True, True]
    cache.put("a", keys(1, 1), values[1:2])
    found, got = cache.get("a", keys(4), 8)
    assert found.all()
    assert np.array_equal(got, values)


def test_a_deleted_cache_is_made_again_while_it_is_open(tmp_path):
    folder = tmp_path / "cache"
    cache, other = EmbeddingCache(folder), EmbeddingCache(folder)
    cache.put("a", keys(4), rows(4))
    assert other.get("a", keys(4), 8)[0].all()
    shutil.rmtree(folder)
    assert not cache.get("a", keys(4), 8)[0].any()
    assert cache.put("a", keys(4), rows(4))
    for one in (cache, other, EmbeddingCache(folder)):
        found, values = one.get("a", keys(4), 8)
        assert found.all()
        assert np.array_equal(values, rows(4))
        one.close()


@pytest.mark.parametrize("what", ["no database", "emptied", "cut short", "another table", "scribbled over"])
def test_a_damaged_cache_is_thrown_away_and_made_anew(tmp_path, caplog, what):
    folder = tmp_path / "cache"
    cache = EmbeddingCache(folder)
    cache.put("a", keys(400), rows(400, 400))
    cache.close()
    file = folder / "embeddings.db"
    whole = file.read_bytes()
    if what == "another table":
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE embeddings (other TEXT)")
    else:
        file.write_bytes(
            {
                "no database": b"not a database at all" * 500,
                "emptied": b"",
                "cut short": whole[: len(whole) // 2],
                "scribbled over": whole[:40_000] + b"\xff" * (len(whole) - 40_000),
            }[what]
        )
    cache.get("a", keys(400), 400)
    assert cache.put("a", keys(400), rows(400, 400)) or cache.put("a", keys(400), rows(400, 400))
    found, values = cache.get("a", keys(400), 400)
    assert found.all()
    assert np.array_equal(values, rows(400, 400))
    cache.close()
    said = [record.message for record in caplog.records if "is made anew" in record.message]
    assert len(said) == (what != "emptied")


def test_what_earlier_versions_kept_there_is_removed(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    for name in ("index.db", "index.db-wal", "0a1b2c.f16"):
        (folder / name).write_bytes(b"x")
    cache = EmbeddingCache(folder)
    cache.put("a", keys(1), rows(1))
    cache.close()
    assert [path.name for path in folder.iterdir()] == ["embeddings.db"]


def test_a_folder_that_cannot_be_made_costs_only_the_cache(tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    cache = EmbeddingCache(tmp_path / "cache")
    assert not cache.put("a", keys(1), rows(1))
    assert not cache.get("a", keys(1), 8)[0].any()
    assert cache.size() == 0


def test_threads_share_one_cache(cache):
    def work(start: int) -> None:
        for step in range(0, 40, 8):
            assert cache.put("a", keys(8, start + step), rows(8, seed=start + step))
            assert cache.get("a", keys(8, start + step), 8)[0].all()

    threads = [threading.Thread(target=work, args=(100 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        for step in range(0, 40, 8):
            assert np.array_equal(cache.get("a", keys(8, 100 * i + step), 8)[1], rows(8, seed=100 * i + step))


_WRITER = """
import sys, numpy as np
from pathlib import Path
from mmdesk.storage.embedding_cache import EmbeddingCache
cache, start = EmbeddingCache(Path(sys.argv[1])), int(sys.argv[2])
for i in range(start, start + 60, 6):
    values = np.random.default_rng(i).normal(size=(6, 8)).astype(np.float16)
    assert cache.put("a", [f"{k:064x}" for k in range(i, i + 6)], values)
"""


def test_two_processes_do_not_race(tmp_path):
    root = Path(__file__).parents[3]
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path / "cache"), str(start)], cwd=root)
        for start in (0, 1000)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    cache = EmbeddingCache(tmp_path / "cache")
    for start in (0, 1000):
        for i in range(start, start + 60, 6):
            found, values = cache.get("a", keys(6, i), 8)
            assert found.all()
            assert np.array_equal(values, rows(6, seed=i))
    cache.close()


def test_thousands_are_read_at_once(cache):
    values = rows(5400, 20)
    for start in range(0, 5400, 600):
        cache.put("a", keys(600, start), values[start : start + 600])
    found, got = cache.get("a", keys(5400)[::-1], 20)
    assert found.all()
    assert np.array_equal(got, values[::-1])
