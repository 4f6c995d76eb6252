"""What tests of services share."""

from __future__ import annotations

import pytest

from mmdesk.jobs.child import Child


@pytest.fixture(scope="module")
def child():
    """A model process that has started, ended with the tests of the module."""
    process = Child()
    process.start()
    yield process
    process.close()
