"""Hypothesis profiles: `default` draws the same examples every time, `nightly` (`make nightly`) new and many more."""

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("nightly", deadline=None, max_examples=2000)
settings.load_profile("default")
