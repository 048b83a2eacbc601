"""Floor 4: settings become concrete ports. The only place where parts are plugged together."""
