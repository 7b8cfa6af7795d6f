"""What no script can be written for."""


class NotEmitted(Exception):
    """A run that uses what a standalone script cannot express. The message names it and says what can be written."""
