"""No Python runs amid a search for garbage: see `conftest._keep_python_out_of_garbage`."""

import gc

from hypothesis import given, settings
from hypothesis.strategies import integers


@settings(max_examples=1, database=None)
@given(integers())
def test_hypothesis_leaves_no_callback(number):
    assert gc.callbacks == []
