"""What the second try of a test set up is ended, too."""

from __future__ import annotations

import pytest
from pytest_rerunfailures import suspended_finalizers


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Add what this try has to end to what the first had to.

    pytest-rerunfailures puts the first try's list in place of the second's, for modules and the session: a browser
    that the first try did not get to would stay open, with its event loop in the way of every later test.
    """
    for node, (ends, _) in item.session._setupstate.stack.items():
        if node in suspended_finalizers:
            first = suspended_finalizers[node][0]
            first.extend(end for end in ends if end not in first)
