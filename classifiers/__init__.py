"""Judging a text: what it is about, how grave it is, why, and who must not be named.

This package sees a text and its context, never a post, a database or a configuration file. It answers the five
questions of the rulebook (about, safeguarding, defamation, conduct, tone), says which words decided, and masks
persons in excerpts.

Reading order: text.py (what comes in), judgement.py (what goes out), reading.py (a text as a reader of the field
sees it), features.py (what is noticed in it), counting.py and model.py (what was learned), passages.py (what is
judged of a long text), judge.py (all together). Then training.py with records.py, evaluation.py, and redaction.py.
"""
