"""Word lists as authors keep them."""

from __future__ import annotations

import json

import pytest

from mmdesk.core.errors import Situation
from mmdesk.services.models.word_files import WordList, read_word_list


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n[UNK]\npain\n", WordList(("", "[UNK]", "pain"), 0, 1)),
        ("[PAD]\n<unk>\npain", WordList(("", "<unk>", "pain"), 0, 1)),
        ("pain\nfever\n", WordList(("pain", "fever"), 2, None)),
    ],
)
def test_one_word_a_line(tmp_path, text, found):
    file = tmp_path / "words.txt"
    file.write_text(text, "utf-8")
    assert read_word_list(file) == found


def test_an_index_of_a_tokeniser(tmp_path):
    file = tmp_path / "index.json"
    file.write_text(json.dumps({"<OOV>": 1, "pain": 2, "fever": 4}))
    assert read_word_list(file) == WordList(("<OOV>", "pain", "", "fever"), 1, 1)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.json", b'{"a": 1, "b": 1}', "same code"),
        ("a.json", b'{"a": 99999999999}', "whole numbers from 0"),
        ("a.json", b'{"a": true}', "whole numbers from 0"),
        ("a.json", b"[1, 2]", "neither a list of words"),
        ("a.json", b"[" * 100_000, "no plain text or JSON"),
        ("a.txt", b"\x80\x04\x95os.system", "no plain text or JSON"),
        ("a.txt", b"\n\n", "holds no word"),
    ],
)
def test_what_is_no_word_list_is_refused(tmp_path, name, data, why):
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(Situation, match=why):
        read_word_list(file)
