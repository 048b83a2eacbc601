"""Pages for people, made on the server; the first page also listens to the live edge."""
