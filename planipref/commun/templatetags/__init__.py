"""Template tags of PlaniPref."""
