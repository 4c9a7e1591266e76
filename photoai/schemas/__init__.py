"""What comes in and goes out over HTTP: raw input -> frozen dataclass, object -> JSON."""
