"""The demonstration's people and files: the same for the same seed, made through the real services."""
