"""How fast, beside what: ``python -m bench``.

Every figure is measured in one run on one machine, next to floors: the same records as one
compressed file over TCP, and as git commits, loaded into the same table. Figures that people
quote come from here. Nothing here is a test with a time in it: a slow machine is not a defect.
"""
