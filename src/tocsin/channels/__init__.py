"""Floor 3: one file is one way to reach people or sirens."""
