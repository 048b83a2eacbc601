"""Floor 5: accounts, the control room, the public pages, the API. Django, synchronous."""
