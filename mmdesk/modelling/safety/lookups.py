"""What the layers that look up words and numbers may say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mmdesk.modelling.safety.refusal import refused
from mmdesk.modelling.safety.word_lists import check_words
from mmdesk.words import tr

LOOKUPS = frozenset(
    ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing", "CategoryEncoding")
) | {"Discretization"}
MOST_CODES = (1 << 31) - 1
"""Codes or buckets of one layer at most."""
WIDEST = 65_536
"""Numbers that a layer may make of one case."""
MOST_BOUNDS = 10_000
_LONGEST_RUN = 16
_STANDARDS = (None, "lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = (None, "whitespace", "character")
_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf", "tf-idf", "binary")


def check_lookup(class_name: str, config: Mapping[str, Any]) -> None:
    """See that a lookup layer's description says nothing but what mmdesk knows how to do, within bounds.

    Args:
        class_name: One of `LOOKUPS`.
        config: The layer's description.

    Raises:
        Refusal: It does; the words name the layer and what it says.
    """
    layer = f"{class_name} {str(config.get('name', ''))[:60]}".strip()
    for key, words, known in (
        ("standardize", tr("changes its texts"), _STANDARDS),
        ("split", tr("splits its texts"), _SPLITS),
    ):
        value = config.get(key)
        if isinstance(value, dict | list) or (value is not None and value not in known):
            raise refused(
                tr("its {layer} {words} by code or a rule of its own ({key})", layer=layer, words=words, key=key),
                tr(
                    "Use one of {known} for {key} and save it again, or do it before the model and give it codes.",
                    known=", ".join(str(one) for one in known),
                    key=key,
                ),
            )
    for key, check in _CHECKS.items():
        if config.get(key) is not None and not check(config[key]):
            raise refused(
                tr("its {layer} says {key} of {value}", layer=layer, key=key, value=str(config[key])[:60]),
                tr("mmdesk does not take that; Keras' own values, up to the sizes that models need, are taken."),
            )
    for key in ("vocabulary", "idf_weights", "bin_boundaries"):
        value = config.get(key)
        if isinstance(value, str):
            raise refused(tr("its {name} names a file to read from this computer", name=class_name))
        if value is not None and not isinstance(value, list):
            raise refused(tr("its {layer} gives its {key} in a form of its own", layer=layer, key=key))
    if config.get("vocabulary"):
        check_words(config["vocabulary"])
    _check_numbers(layer, config)
    _check_width(layer, config)


def _check_numbers(layer: str, config: Mapping[str, Any]) -> None:
    for key in ("idf_weights", "bin_boundaries"):
        some = config.get(key) or []
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in some):
            raise refused(tr("its {layer} holds {key} that are no numbers", layer=layer, key=key))
        if key == "bin_boundaries" and (len(some) > MOST_BOUNDS or some != sorted(some)):
            raise refused(tr("its {layer} has ranges that do not rise, or more than any model needs", layer=layer))


def _check_width(layer: str, config: Mapping[str, Any]) -> None:
    if config.get("output_mode", "int") == "int":
        return
    sizes = [config.get(key) for key in ("max_tokens", "num_bins", "num_tokens", "vocabulary_size")]
    sizes.append(len(config.get("vocabulary") or []))
    widest = max((one for one in sizes if isinstance(one, int)), default=0)
    if widest > WIDEST:
        raise refused(
            tr(
                "its {layer} makes {widest:,} numbers of each case, more than {most:,}",
                layer=layer,
                widest=widest,
                most=WIDEST,
            ),
            tr("Ask for a model that embeds its codes, or knows fewer words."),
        )


def _whole(least: int, most: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_token(value: object) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= 1_000


def _is_salt(value: object) -> bool:
    some = value if isinstance(value, list) else [value]
    return len(some) in (1, 2) and all(isinstance(one, int) and abs(one) < 1 << 63 for one in some)


def _is_runs(value: object) -> bool:
    some = value if isinstance(value, list) else [value]
    return 0 < len(some) <= _LONGEST_RUN and all(_whole(1, _LONGEST_RUN)(one) for one in some)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "output_mode": lambda value: value in _MODES,
    "encoding": lambda value: isinstance(value, str) and value.lower().replace("_", "-") in ("utf-8", "utf8"),
    "num_oov_indices": _whole(0, 100_000),
    "max_tokens": _whole(1, MOST_CODES),
    "num_tokens": _whole(1, MOST_CODES),
    "vocabulary_size": _whole(0, MOST_CODES),
    "num_bins": _whole(1, MOST_CODES),
    "output_sequence_length": _whole(1, WIDEST),
    "ngrams": _is_runs,
    "oov_method": lambda value: value in ("floormod", "farmhash"),
    "vocabulary_dtype": lambda value: value in ("string", "int64", "int32"),
    "salt": _is_salt,
    "mask_token": _is_token,
    "mask_value": _is_token,
    "oov_token": _is_token,
    "ragged": lambda value: value is False,
    "sparse": _is_flag,
    "invert": _is_flag,
    "pad_to_max_tokens": _is_flag,
    "has_input_vocabulary": _is_flag,
    "epsilon": lambda value: isinstance(value, float) and 0 < value < 1,
}
"""What each setting of a lookup layer may be."""
