"""Videos: clips, timelines, results."""
