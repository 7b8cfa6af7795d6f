"""Hypothesis profiles: `default` draws the same examples every time, `nightly` (`make nightly`) new and many more."""

import signal

from hypothesis import settings

# A shell that starts the tests in the background has them ignore interrupts, and so would every command they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("nightly", deadline=None, max_examples=2000)
settings.load_profile("default")
