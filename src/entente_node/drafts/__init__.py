"""What was typed is neither lost nor filed twice."""
