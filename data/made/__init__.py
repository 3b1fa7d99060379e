"""A database of any size for measuring: everything in it is made up, from the sample set."""
