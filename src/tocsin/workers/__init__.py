"""Floor 5: the bridges from the ledger to the world: relay, deliver, project, watch."""
