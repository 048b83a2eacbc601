"""Report: incidents, claims, evidence, tallies."""
