"""Small, true HTTP servers that stand in for providers and can be told to misbehave."""
