"""PlaniPref: the project that assembles the applications."""
