"""The files that are not code: the bundles, the lexicons and the lists of the landmark models.

In the repository they are links into ``models/``; a wheel carries the files themselves.
"""
