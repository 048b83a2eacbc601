"""The claim desk: what is said of each incident, what residents report, what evidence may be shown."""
