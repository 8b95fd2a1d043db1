"""Records: the header, the kinds, codes and times."""
