"""An evaluation as one page: self-contained, so that it can be sent and is still read in ten years."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from booth.evaluation import curves, told, worst
from booth.evaluation.figures import OVERALL
from booth.evaluation.measuring import Evaluation, Note
from booth.evaluation.ranking import ranking
from booth.evaluation.runs import Scoring
from booth.evaluation.worst import Case
from drivers.frames import Colour

PAGE = "index.html"
JPEG = (cv2.IMWRITE_JPEG_QUALITY, 82)

KNOW = (
    "Intervals of 95 %, by drawing products with replacement. Precision hangs on the share of damaged trays, which on "
    "a line is far smaller than here. In the pictures: red, where a lane sees damage; yellow, where it is."
)
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:1480px;padding:0 1em;color:#1d2430;background:#fff}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}.by{color:#5a6575}
.simulated{font-size:2.6em;font-weight:800;letter-spacing:.08em;background:#ffd400;color:#000;padding:.15em .5em}
.note{border-left:4px solid #c9ced6;padding-left:.7em;margin:.4em 0}.grave{border-color:#d03b2f}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.86em}
th,td{padding:.22em .7em;text-align:right;white-space:nowrap;border-bottom:1px solid #e3e6eb}th{font-weight:600}
td:first-child,th:first-child{text-align:left}.wide{overflow-x:auto}
.curves{display:flex;flex-wrap:wrap;gap:1.5em}svg{width:420px;max-width:100%;font:11px system-ui,sans-serif}
svg .title{font-weight:600;font-size:13px}svg .grid{stroke:#e3e6eb}svg .curve{fill:none;stroke:#1763c6;stroke-width:2}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:1.2em}
figure{margin:0}figure img{width:100%;display:block}figcaption{font-size:.8em}figcaption b{font-size:1.25em}
"""


def write(folder: Path, found: Evaluation, scoring: Scoring) -> Path:
    """The page, in `folder`, which is made if it is not there. Raises OSError, DatasetUnreadable."""
    content = page(found, worst.misses(found, scoring), worst.false_alarms(found, scoring))
    folder.mkdir(exist_ok=True)
    path = folder / PAGE
    path.write_text(content, encoding="utf-8")
    return path


def page(found: Evaluation, misses: Sequence[Case], alarms: Sequence[Case]) -> str:
    """The whole page. Nothing in it is fetched from anywhere."""
    part = f", part {found.data.split}" if found.data.split else ""
    title = f"{found.data.path.name or found.data.path}{part}: {len(found.rows)} trays"
    body = [
        '<p class="simulated">SIMULATED</p>' if found.data.simulated else "",
        f'<h1>{escape(title)}</h1><p class="by">scored by {escape(found.by)}</p>',
        *map(_note, found.notes),
        _table([told.heads(OVERALL), told.line("any damage", found.figures.overall, OVERALL)]),
        f"<p>{KNOW}</p>",
        f'<div class="curves">{_curves(found)}</div>',
        *_sections(found),
        _cases("Worst misses: damaged, and scored lowest", misses),
        _cases("Worst false alarms: pristine, and scored highest", alarms),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def _note(note: Note) -> str:
    return f'<p class="{"note grave" if note.grave else "note"}">{escape(note.says)}</p>'


def _curves(found: Evaluation) -> str:
    scores = np.array([row.score for row in found.rows])
    damaged = np.array([tray.truth.damaged for tray in found.data.trays])
    curve = ranking(scores, damaged).thinned.curve()
    return curves.roc(curve) + curves.precision_recall(curve)


def _sections(found: Evaluation) -> Iterable[str]:
    kaputt = [(name, told.shown(figure)) for name, figure in found.figures.kaputt.items()]
    yield f"<h2>by the names of the Kaputt protocol</h2>{_table([('', ''), *kaputt])}"
    for title, heads, lines in told.sections(found):
        yield f"<h2>{escape(title)}</h2>{_table([heads, *lines])}"


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    head, *rest = lines
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in rest)
    return f'<div class="wide"><table><tr>{top}</tr>{rows}</table></div>'


def _cases(title: str, cases: Sequence[Case]) -> str:
    return f'<h2>{escape(title)}</h2><div class="cases">{"".join(map(_figure, cases))}</div>'


def _figure(case: Case) -> str:
    told_lines = "<br>".join(map(escape, case.says))
    caption = f"<b>{escape(case.heading)}</b> {escape(case.name)}<br>{told_lines}"
    picture = f'<img alt="{escape(case.name)}" src="{_embedded(case.picture)}">'
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _embedded(picture: Colour) -> str:
    _, content = cv2.imencode(".jpg", picture, JPEG)
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
