"""What a foreign model says it consists of: bounded JSON that names allowed classes only."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmdesk.modelling.safety.allowed import why_not
from mmdesk.modelling.safety.lambdas import say_equal
from mmdesk.modelling.safety.lookups import LOOKUPS, check_lookup
from mmdesk.modelling.safety.refusal import CodeRefusal, refused
from mmdesk.modelling.safety.word_lists import check_words
from mmdesk.words import tr

DEEPEST = 100
MOST_NODES = 200_000
LONGEST_TEXT = 10_000
WIDEST = 65_536
"""Largest number of units or filters of one layer."""
_MOST_NAMED = 10
_WHICH = ("module", "class_name", "registered_name")
_SIZES = ("units", "filters", "key_dim", "value_dim", "num_heads", "output_dim", "head_dim", "projection_dim")
_VERSION = re.compile(r"3\.\d{1,3}\.\d{1,3}[\w.+-]{0,20}")


@dataclass(frozen=True, slots=True)
class Structure:
    """A model's description that was looked at.

    Attributes:
        config: The description; what only training needs is taken out.
        keras: Version of Keras that saved it.
        classes: How often it names each class.
    """

    config: Mapping[str, Any]
    keras: str
    classes: Mapping[str, int]


def read_structure(config: bytes, metadata: bytes, weights: int, *, judged: bool = True) -> Structure:
    """Read and judge `config.json` and `metadata.json`.

    Args:
        config: Bytes of the one.
        metadata: Bytes of the other.
        weights: How many numbers the file of weights holds.
        judged: Only allowed classes may be named; otherwise any, for a model whose code a person vouches for.

    Raises:
        ModelProblem: They are no description of a model made of allowed layers.
    """
    about = _parse(metadata, "metadata.json")
    version = about.get("keras_version") if isinstance(about, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise refused(tr("it was not saved by Keras 3"), tr("Save it again with Keras 3: model.save('NAME.keras')."))
    model = _parse(config, "config.json")
    if not isinstance(model, dict) or not isinstance(model.get("config"), dict):
        raise refused(tr("its config.json describes no model"))
    _drop_training(model)
    classes: dict[str, int] = {}
    for node in _nodes(model):
        if "class_name" in node or "registered_name" in node:
            if judged:
                _check_class(node, model)
            name = str(node.get("class_name"))
            classes[name] = classes.get(name, 0) + 1
        _check_sizes(node, weights)
    if judged and model.get("class_name") not in {"Functional", "Sequential", "Model"}:
        raise refused("it is a single layer and not a model")
    return Structure(model, version, classes)


def _parse(data: bytes, name: str) -> Any:
    try:
        text = data.decode("utf-8")
        _check_depth(text, name)
        parsed = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (UnicodeDecodeError, ValueError, RecursionError) as why:
        raise refused(tr("its {name} is no plain JSON", name=name), details=str(why)[:200]) from why
    _check_values(parsed, name)
    return parsed


def _check_depth(text: str, name: str) -> None:
    """See that brackets are nested no deeper than a model needs, before anything recurses."""
    depth = 0
    for bracket in re.findall(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        if bracket in "[{":
            depth += 1
            if depth > DEEPEST:
                raise refused(tr("its {name} is nested deeper than any model needs", name=name))
        elif bracket in "]}":
            depth -= 1


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check_values(parsed: Any, name: str) -> None:
    count = 0
    waiting = [parsed]
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MOST_NODES:
            raise refused(tr("its {name} has more entries than any model needs", name=name))
        if isinstance(value, dict):
            words = value.get("vocabulary")
            if isinstance(words, list):
                check_words(words)  # by bounds of its own: a list of words is longer than a description
            waiting += [one for one in value.values() if one is not words]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise refused(tr("its {name} holds a text longer than any model needs", name=name))
        elif isinstance(value, float) and not math.isfinite(value):
            raise refused(tr("its {name} holds a number that is not finite", name=name))
        elif isinstance(value, int) and abs(value) >= 1 << 63:
            raise refused(tr("its {name} holds a number larger than any model needs", name=name))


def _nodes(model: Any) -> Iterator[dict[str, Any]]:
    waiting = [model]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _drop_training(model: dict[str, Any]) -> None:
    """Take out losses, metrics and optimisers, which a model needs only where it is trained."""
    for node in _nodes(model):
        if "class_name" in node:
            node.pop("compile_config", None)


def _check_class(node: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    name = node.get("class_name")
    config = node.get("config")
    if isinstance(name, str) and name in LOOKUPS and isinstance(config, dict):
        check_lookup(name, config)
    problem = _why_not(node)
    if problem:
        every = list(dict.fromkeys(found for one in _nodes(model) if "class_name" in one and (found := _why_not(one))))
        raise CodeRefusal(
            tr("This model file was not taken"),
            tr("it holds {problem}", problem=problem),
            _advice(model),
            "\n".join([*every[:_MOST_NAMED], json.dumps({key: node.get(key) for key in _WHICH})[:500]]),
        )


def _why_not(node: Mapping[str, Any]) -> str:
    return why_not(node.get("module"), node.get("class_name"), node.get("registered_name"), node.get("config"))


def _advice(model: Mapping[str, Any]) -> str:
    """Return what to write in place of the Lambda layers, and where the code may be vouched for."""
    lambdas = (one.get("config") for one in _nodes(model) if one.get("class_name") == "Lambda")
    equal = list(dict.fromkeys(say_equal(one) for one in lambdas))[:_MOST_NAMED]
    stock = tr("Build the model from stock Keras layers and operations, and save it again.")
    trust = tr("If you know who made it and have read its code, it may run once by your word.")
    return " ".join([*equal, stock, trust])


def _check_sizes(node: Mapping[str, Any], weights: int) -> None:
    for key in _SIZES:
        value = node.get(key)
        if isinstance(value, int) and value > WIDEST:
            raise refused(tr("it declares {key} of {value:,}, more than any layer needs", key=key, value=value))
        if isinstance(value, int) and value > weights and key in ("units", "filters", "output_dim"):
            raise refused(
                tr(
                    "it declares {key} of {value:,}, and holds only {weights:,} weights",
                    key=key,
                    value=value,
                    weights=weights,
                )
            )
    rows, columns = node.get("input_dim"), node.get("output_dim")
    if isinstance(rows, int) and isinstance(columns, int) and rows * columns > weights:
        raise refused(
            tr(
                "it declares an embedding of {rows:,} rows, and holds only {weights:,} weights",
                rows=rows,
                weights=weights,
            )
        )
