"""The rules of the report room, a file for each of what it keeps."""
