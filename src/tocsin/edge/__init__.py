"""Floor 5: live fan-out. Raw asyncio, no Django, no SQL."""
