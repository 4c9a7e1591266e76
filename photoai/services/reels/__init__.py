"""Reels: a video's meaning, the reasons for its success and a new script, from measured facts."""
