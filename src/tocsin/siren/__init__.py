"""Floor 5: the reference siren agent. Imports core and warn only."""
