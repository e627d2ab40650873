"""The drawn final: hidden examples that the class draws itself, reads, and has its models read."""
