"""Each string of the registry names a function, and each kind has words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mmdesk.jobs import registry


@pytest.mark.tf
@pytest.mark.parametrize("kind", sorted(registry.ENTRIES))
def test_each_entry_resolves(kind):
    assert callable(registry.resolve(kind))


def test_each_kind_has_words():
    assert set(registry.NAMES) == set(registry.ENTRIES)
    assert registry.name_of("finetune") == "Fine-tuning"


def test_the_window_side_of_jobs_loads_no_library():
    code = (
        "import sys, mmdesk.jobs.child, mmdesk.jobs.runner;"
        "print([m for m in ('numpy', 'keras', 'tensorflow', 'PySide6') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
