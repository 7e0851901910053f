"""The `watcher` command: main.py lists the commands, one module each."""
