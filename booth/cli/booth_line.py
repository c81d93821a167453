"""`booth-line CONFIG`: the line keeper. A door; what is behind it, and why it is light, is in booth.cli.line_keeper."""

import sys


def main() -> None:
    """Runs until SIGTERM or SIGINT; with --supervised also until its supervisor closes its stdin."""
    _leave_out_openssl()
    from booth.cli.line_keeper import run

    run()


def _leave_out_openssl() -> None:
    """5 MB of the 40 that the keeper may have, which asyncio and hashlib load if it is there. The keeper talks to this
    machine and to the line's modules, which know no TLS; and Python has hashes of its own."""
    for module in ("ssl", "_hashlib"):
        sys.modules.setdefault(module, None)  # type: ignore[arg-type]  # None: it cannot be imported


if __name__ == "__main__":
    main()
