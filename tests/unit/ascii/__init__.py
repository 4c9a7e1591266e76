"""ASCII pictures: looks, grids, characters, drawing, playing."""
