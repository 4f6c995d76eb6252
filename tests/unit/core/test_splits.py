"""The split rule is a contract with every project and bundled model: golden values."""

from collections import Counter

from mmdesk.core.fields.splits import SPLITS, split_of

GOLDEN = {
    "0": "train",
    "1": "train",
    "4": "validation",
    "1043": "test",
    "P00001": "train",
    "P00002": "train",
    "A-17": "validation",
    "日本": "validation",
    "17": "train",
    "23": "train",
    "42": "train",
    "99": "train",
}


def test_golden_splits():
    assert {group: split_of(group) for group in GOLDEN} == GOLDEN


def test_blanks_and_trailing_zeros_do_not_matter():
    for group in ("1043", "7", "patient é"):
        assert split_of(f" {group} ") == split_of(group)
    assert split_of("1043.0") == split_of(1043) == split_of(1043.0) == split_of("1043")
    assert split_of("e\u0301") == split_of("\u00e9")


def test_shares():
    shares = Counter(split_of(f"group {n}") for n in range(20_000))
    for split, share in zip(SPLITS, (0.75, 0.10, 0.15), strict=True):
        assert abs(shares[split] / 20_000 - share) < 0.01
