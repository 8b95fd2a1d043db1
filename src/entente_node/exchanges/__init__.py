"""What goes to and comes from partners: the pouch endpoint, releases, the state of each line."""
