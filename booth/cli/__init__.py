"""The command line: one module per noun; nothing heavy is imported until a command runs."""

from booth.cli.app import main

__all__ = ["main"]
