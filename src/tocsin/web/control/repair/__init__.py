"""The dispatcher's screen: who needs it first, which crew goes where, and why."""
