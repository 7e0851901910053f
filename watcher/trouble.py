"""What a person can mend."""


class Trouble(Exception):
    """Something cannot be done; the message tells a person why, in a sentence."""
