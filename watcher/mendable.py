"""What a person can mend. The program's entry tells it in a sentence, whichever command it ended."""


class Mendable(Exception):
    """Something cannot be done; the message tells a person why, in a sentence."""
