"""Communiqués, commitments and meetings; the page that everybody may read."""
