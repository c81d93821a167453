"""The command line: one module per noun; nothing heavy is imported until a command runs.

The keeper's process is in this package too, so importing the package must stay free.
"""


def main() -> None:
    """The `booth` command."""
    from booth.cli.app import main as run

    run()
