"""What a text is.

This package sees a text and its context, never a post, a database or a configuration file. It answers the five
questions of the rulebook (about, safeguarding, defamation, conduct, tone), says which words decided, and masks
persons in excerpts.

Reading order: text.py (what comes in), judgement.py (what goes out), knowledge/ (what a reader of the field
knows), model.py (what was learned), judge.py (both together).
"""
