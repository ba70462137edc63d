"""Who holds which post and when: a general engine, and the week of a service written with its rules."""
