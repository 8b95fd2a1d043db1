"""Messages that work alone: channels, texts, links, replies, and what became of each."""
