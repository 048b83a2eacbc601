"""The repair room as the API and the pages tell it: what is sealed, who may see it, plain documents."""
