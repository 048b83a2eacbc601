"""Warn: from a detection to sirens, phones and the all-clear."""
