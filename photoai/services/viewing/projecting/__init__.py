"""What shows a video, in a process of its own: decodes it, keeps what was decoded, draws what it is
asked for. FFmpeg and numpy are loaded where they are used, never by this door."""
