"""Text that is not a declaration of the language.

What it catches: a token where the grammar allows none of its kind. The other declarations of the file are read and
checked all the same.

Why: what cannot be read cannot be checked, and nothing is dropped silently.

Example:

    dataset digits { source = sklearn.digits, test = }

Repair: the message says what could stand at that place.
"""
