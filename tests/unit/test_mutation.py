"""The named faults still fit the program: each stands for a rule that tests once let break."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.mutants import mutants_of
from tests.mutation.named import NAMED

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", NAMED, ids=lambda fault: fault.name)
def test_a_named_fault_still_fits_one_part_of_its_file(fault):
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.before) == 1
    assert fault.after != fault.before
    assert all((ROOT / file).exists() for file in fault.tests)


def test_faults_are_put_where_code_runs(tmp_path):
    text = 'def f(a: int = 3) -> bool:\n    """Words."""\n    return a < 2 and not a == 1\n'
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    made = set()
    for mutant in mutants_of(tmp_path, "m.py"):
        mutant.apply(tmp_path)
        made.add((tmp_path / "m.py").read_text(encoding="utf-8").splitlines()[2].strip())
        (tmp_path / "m.py").write_text(text, encoding="utf-8")
    assert {
        "return a <= 2 and not a == 1",
        "return a < 2 or not a == 1",
        "return a < 2 and not a != 1",
        "return a < 2 and a == 1",
        "return a < 3 and not a == 1",
        "return None",
    } <= made
