"""Which cases a version learnt from, and how many of them are judged on.

A version's folder lists them as short digests of their names, so that no name of a case leaves the
project with a model. Cases can come into the test split later; then figures on them flatter it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from mmdesk.words import tr

LEARNT = "learnt.json"
"""File in a version's folder: digests of the cases that it was trained or stopped on."""

LEARNT_FROM = "learnt_from_test_cases"
"""Fact of a card as the project gives it: how many cases of the test split it learnt from."""

TEST_LABELS = "test_labels"
"""Fact of a card as the project gives it: digest of the labels of the test split now."""

_LENGTH = 16


def digests(names: Iterable[str]) -> frozenset[str]:
    """Return the short digests of cases' names."""
    return frozenset(sha256(name.encode()).hexdigest()[:_LENGTH] for name in names)


def to_text(learnt: Iterable[str]) -> str:
    """Return the text of a `learnt.json`."""
    return json.dumps(sorted(learnt))


def from_text(text: str) -> frozenset[str]:
    """Return the digests of a `learnt.json`; none where it cannot be read."""
    try:
        found = json.loads(text)
    except ValueError:
        return frozenset()
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def say_learnt(version: str, count: int, cases: int | None = None) -> str:
    """Say that a version is judged on cases that it learnt from; nothing where there are none.

    Args:
        version: Its id.
        count: How many of the cases it learnt from.
        cases: How many it is judged on; None for the test split as it is now.
    """
    if not count:
        return ""
    if cases is None:
        some = tr("{count:,} cases of the test split", count=count) if count > 1 else tr("1 case of the test split")
    else:
        some = tr("{count:,} of these {cases:,} test cases", count=count, cases=cases)
    return tr("{version} learnt from {some}: its figures on them look better than it is.", version=version, some=some)


def say_unknown(version: str) -> str:
    """Say that nothing tells which cases a version learnt from, as of one made earlier or elsewhere."""
    return tr(
        "It is unknown which cases {version} learnt from: it was made elsewhere, or before that was kept. "
        "If some of these are among them, its figures look better than it is.",
        version=version,
    )


def learnt_notes(versions: Mapping[str, frozenset[str]], names: Iterable[str]) -> list[str]:
    """Return what is to be said of versions that are judged on some cases, one sentence each.

    Args:
        versions: Digests of what each learnt from, by its id.
        names: Names of the cases they are judged on.
    """
    judged = digests(names)
    found = (say_learnt(version, len(learnt & judged), len(judged)) for version, learnt in versions.items())
    return [words for words in found if words]
