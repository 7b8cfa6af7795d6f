"""What is wrong with a file that was looked into."""


class Flaw(Exception):
    """A file is not what its name says; the message says what was found and what was required."""
