"""The journal's tables, migration by migration. Never edit a migration that was released: add one."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE trays (
            tray_id         TEXT PRIMARY KEY,
            entered_at_ns   INTEGER NOT NULL,
            simulated       INTEGER NOT NULL CHECK (simulated IN (0, 1)),
            judged_at_ns    INTEGER,
            written_utc     TEXT,
            verdict         TEXT CHECK (verdict IN ('PASS', 'DIVERT')),
            score           REAL,
            lanes           TEXT,
            reasons         TEXT,
            latency_ms      REAL,
            recipe_sha256   TEXT,
            pack            TEXT,
            pack_sha256     TEXT,
            calibrations    TEXT,
            settings_sha256 TEXT,
            evidence        TEXT,
            end             TEXT CHECK (end IN ('PASSED', 'DIVERTED', 'HELD', 'BYPASSED')),
            end_reasons     TEXT,
            ended_at_ns     INTEGER,
            late            INTEGER CHECK (late IN (0, 1))
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE faults (
            code       TEXT NOT NULL,
            tray       TEXT NOT NULL,
            device     TEXT NOT NULL,
            detail     TEXT NOT NULL,
            at_ns      INTEGER NOT NULL,
            utc        TEXT NOT NULL,
            cleared_ns INTEGER
        )
        """,
        "CREATE INDEX open_faults ON faults (code, device) WHERE cleared_ns IS NULL",
        """
        CREATE TABLE runs (
            run_id          TEXT PRIMARY KEY,
            started_utc     TEXT NOT NULL,
            versions        TEXT NOT NULL,
            settings_sha256 TEXT NOT NULL,
            pack            TEXT NOT NULL,
            pack_sha256     TEXT NOT NULL,
            calibrations    TEXT NOT NULL,
            simulated       INTEGER NOT NULL CHECK (simulated IN (0, 1))
        ) WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE trays ADD COLUMN plate TEXT",),
    (
        "ALTER TABLE trays ADD COLUMN product TEXT",
        "ALTER TABLE trays ADD COLUMN identified_by TEXT",
        "ALTER TABLE trays ADD COLUMN gallery TEXT",
        "ALTER TABLE trays ADD COLUMN gallery_sha256 TEXT",
    ),
)

VERSION = len(MIGRATIONS)
"""`PRAGMA user_version` of a journal that every migration has been applied to."""

# A tray is judged once and ends once. The same word twice is harmless; another word is refused (no row changes).
JUDGED = """
    INSERT INTO trays (tray_id, entered_at_ns, simulated, judged_at_ns, written_utc, verdict, score, lanes, reasons,
        latency_ms, recipe_sha256, pack, pack_sha256, calibrations, settings_sha256, evidence, plate,
        product, identified_by, gallery, gallery_sha256)
    VALUES (:tray_id, :entered_at_ns, :simulated, :judged_at_ns, :written_utc, :verdict, :score, :lanes, :reasons,
        :latency_ms, :recipe_sha256, :pack, :pack_sha256, :calibrations, :settings_sha256, :evidence, :plate,
        :product, :identified_by, :gallery, :gallery_sha256)
    ON CONFLICT (tray_id) DO UPDATE SET simulated = MAX(simulated, excluded.simulated),
        judged_at_ns = excluded.judged_at_ns, written_utc = excluded.written_utc, verdict = excluded.verdict,
        score = excluded.score, lanes = excluded.lanes, reasons = excluded.reasons, latency_ms = excluded.latency_ms,
        recipe_sha256 = excluded.recipe_sha256, pack = excluded.pack, pack_sha256 = excluded.pack_sha256,
        calibrations = excluded.calibrations, settings_sha256 = excluded.settings_sha256, evidence = excluded.evidence,
        plate = excluded.plate, product = excluded.product, identified_by = excluded.identified_by,
        gallery = excluded.gallery, gallery_sha256 = excluded.gallery_sha256
    WHERE entered_at_ns = excluded.entered_at_ns
        AND (judged_at_ns IS NULL OR (judged_at_ns = excluded.judged_at_ns AND verdict = excluded.verdict))
"""

ENDED = """
    INSERT INTO trays (tray_id, entered_at_ns, simulated, end, end_reasons, ended_at_ns, late)
    VALUES (:tray_id, :entered_at_ns, :simulated, :end, :end_reasons, :ended_at_ns, :late)
    ON CONFLICT (tray_id) DO UPDATE SET
        end = excluded.end, end_reasons = excluded.end_reasons, ended_at_ns = excluded.ended_at_ns,
        late = excluded.late, simulated = MAX(simulated, excluded.simulated)
    WHERE end IS NULL OR (end = excluded.end AND entered_at_ns = excluded.entered_at_ns)
"""

FAULT = """
    INSERT INTO faults (code, tray, device, detail, at_ns, utc)
    VALUES (:code, :tray, :device, :detail, :at_ns, :utc)
"""

CLEARED = """
    UPDATE faults SET cleared_ns = :at_ns
    WHERE code = :code AND cleared_ns IS NULL AND (:device IS NULL OR device = :device)
"""

RUN = """
    INSERT INTO runs (run_id, started_utc, versions, settings_sha256, pack, pack_sha256, calibrations, simulated)
    VALUES (:run_id, :started_utc, :versions, :settings_sha256, :pack, :pack_sha256, :calibrations, :simulated)
"""
