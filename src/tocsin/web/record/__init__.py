"""The public record: the archive of nights, the page of a night, its days and corrections, and a feed of all of it."""
