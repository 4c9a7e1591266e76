"""Sound, heard: every test renders it and measures samples."""
