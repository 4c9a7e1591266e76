"""Reels: what is measured of a video."""
