"""A sample internet and a mail server on this computer, so that the whole service can be seen at work."""
