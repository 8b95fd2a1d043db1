"""What generates files of this repository from its code."""
