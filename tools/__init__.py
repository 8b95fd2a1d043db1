"""What generates files of this repository from its code, and a slow line to try it over."""
