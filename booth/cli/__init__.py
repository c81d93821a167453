"""The command line: one module per noun; nothing heavy is imported until a command runs."""


def main() -> None:
    """`booth`. The keeper's and the controller's own commands stand beside it and do without what it imports."""
    from booth.cli.app import main as booth

    booth()
