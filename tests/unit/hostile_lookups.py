"""Hostile forms of the layers that look up words: what they may read, hold and run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmdesk.modelling.safety.word_lists import LONGEST_WORD, MOST_LISTS, MOST_WORDS
from tests.unit import model_files as good
from tests.unit.hostile_models import LAMBDA, described, hostile


def lookup(file: Path, class_name: str, config: dict[str, Any]) -> Path:
    return described(file, good.with_layer(good.layer("hidden", class_name, config, "x")))


def assets(*members: tuple[str, bytes]) -> Callable[[zipfile.ZipFile], None]:
    def change(archive: zipfile.ZipFile) -> None:
        for name, data in members:
            archive.writestr(name, data)

    return change


LIST = "assets/layers/string_lookup/vocabulary.txt"
OWN = {"class_name": "function", "config": "system", "module": "os", "registered_name": "system"}


@hostile("word list", "is no plain text")
def a_pickle_as_a_word_list(file: Path) -> Path:
    return good.save(file, more=assets((LIST, b"\x80\x04\x95\x10\x00\x00\x00\x8c\x02os\x94.")))


@hostile("word list", "is no plain text")
def control_characters_in_a_word_list(file: Path) -> Path:
    return good.save(file, more=assets((LIST, b"a\nb\0c\n")))


@hostile("word list", "more than 500,000")
def a_word_list_without_end(file: Path) -> Path:
    return good.save(file, more=assets((LIST, b"a\n" * (MOST_WORDS + 1))))


@hostile("word list", "longer than 1,000 letters")
def a_word_without_end(file: Path) -> Path:
    return good.save(file, more=assets((LIST, b"a" * (LONGEST_WORD + 1))))


@hostile("word list", "is larger than any model needs")
def a_word_list_of_many_bytes(file: Path) -> Path:
    return good.save(file, more=assets((LIST, b"word\n" * 4_000_000)))


@hostile("word list", "more word lists than any model needs")
def too_many_word_lists(file: Path) -> Path:
    return good.save(file, more=assets(*((f"assets/layers/l{n}/vocabulary.txt", b"a") for n in range(MOST_LISTS + 1))))


@hostile("word list", "is no word list")
def a_program_among_the_assets(file: Path) -> Path:
    return good.save(file, more=assets(("assets/layers/string_lookup/run.py", b"import os")))


@hostile("word list", "leads out of it")
def a_word_list_that_climbs(file: Path) -> Path:
    return good.save(file, more=assets(("assets/../../vocabulary.txt", b"a")))


@hostile("lookup", "names a file to read")
def a_word_list_from_this_computer(file: Path) -> Path:
    return lookup(file, "TextVectorization", {"vocabulary": "/etc/passwd"})


@hostile("lookup", "splits its texts by code or a rule of its own (split)")
def a_split_by_code(file: Path) -> Path:
    return lookup(file, "TextVectorization", {"split": LAMBDA["config"]["function"]})


@hostile("lookup", "changes its texts by code or a rule of its own (standardize)")
def a_standard_by_a_function(file: Path) -> Path:
    return lookup(file, "TextVectorization", {"standardize": OWN})


@hostile("lookup", "changes its texts by code or a rule of its own (standardize)")
def a_standard_by_an_activation(file: Path) -> Path:
    relu = {"class_name": "function", "config": "relu", "module": "builtins", "registered_name": "function"}
    return lookup(file, "TextVectorization", {"standardize": relu})


@hostile("lookup", "neither a word nor a whole number")
def classes_in_a_vocabulary(file: Path) -> Path:
    return lookup(file, "StringLookup", {"vocabulary": ["a", OWN]})


@hostile("lookup", "in a form of its own")
def a_class_as_a_vocabulary(file: Path) -> Path:
    value = {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}}
    return lookup(file, "IntegerLookup", {"vocabulary": value})


@hostile("lookup", "makes 100,000 numbers of each case")
def a_row_as_wide_as_memory(file: Path) -> Path:
    return lookup(file, "Hashing", {"num_bins": 100_000, "output_mode": "one_hot"})


@hostile("lookup", "says num_bins of")
def more_buckets_than_numbers(file: Path) -> Path:
    return lookup(file, "Hashing", {"num_bins": 1 << 40})


@hostile("lookup", "says encoding of rot13")
def another_encoding(file: Path) -> Path:
    return lookup(file, "StringLookup", {"vocabulary": ["a"], "encoding": "rot13"})


@hostile("lookup", "says ngrams of")
def runs_without_end(file: Path) -> Path:
    return lookup(file, "TextVectorization", {"ngrams": 100_000})


@hostile("lookup", "ranges that do not rise")
def ranges_that_fall(file: Path) -> Path:
    return lookup(file, "Discretization", {"bin_boundaries": [3.0, 1.0]})


@hostile("scale layer", "not among the layers")
def another_layer_of_an_application(file: Path) -> Path:
    made = good.layer("hidden", "get_file", {}, "x", module="keras.src.applications.convnext")
    return described(file, good.with_layer(made))


@hostile("scale layer", "projection_dim of 1,000,000")
def a_scale_as_wide_as_memory(file: Path) -> Path:
    config = {"init_values": 1.0, "projection_dim": 1_000_000}
    return described(
        file,
        good.with_layer(good.layer("hidden", "LayerScale", config, "x", module="keras.src.applications.convnext")),
    )
