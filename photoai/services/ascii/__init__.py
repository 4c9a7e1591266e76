"""Pictures as characters."""
