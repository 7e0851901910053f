"""Is a post about us, and which words say so?

One automaton holds the names of every federation. A sure name (full name, alias, hashtag, handle) is a mention. An
ambiguous one needs company: a place or a word of school life; the namesakes' words speak against it, but never
against a sure name.
"""
