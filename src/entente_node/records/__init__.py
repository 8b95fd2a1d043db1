"""Records of every kind: lists, pages, forms made from their declarations, measures."""
