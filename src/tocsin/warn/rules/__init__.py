"""The rules of the warn room, one file per verb. Pure: ``(state, command, context) -> facts``."""
