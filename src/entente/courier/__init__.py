"""One exchange with one partner: write a pouch, read a pouch, until both sides are quiet."""
