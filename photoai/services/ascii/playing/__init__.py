"""Videos as characters in a terminal, or as plain text where there is none."""

from __future__ import annotations

import argparse

from .arguments import add_arguments, looked_at

__all__ = ["add_arguments", "play"]


def play(args: argparse.Namespace) -> int:
    """What `add_arguments` understood, with what that loads; see `playing.play`."""
    look = looked_at(args)
    from .playing import play as played

    return played(args.file, look, args.fps, loop=args.loop, widest=args.width)
