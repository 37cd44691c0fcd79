PRAGMA application_id = 6219172;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('begun', 'described', 'failed')),
    request_key TEXT NOT NULL,
    item_id TEXT NOT NULL,
    describer TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    copied_from INTEGER REFERENCES attempts (id),
    response TEXT,
    facets TEXT,
    text TEXT,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost REAL NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    started REAL NOT NULL,
    finished REAL,
    CHECK (state != 'described' OR (text IS NOT NULL AND facets IS NOT NULL)),
    CHECK ((state = 'begun') = (finished IS NULL))
);
INSERT INTO "attempts" VALUES(1,'failed','k1','a','openai','model-x','describe','1',NULL,'<html>',NULL,NULL,0,0,0.0,4,'timeout',1.79536372580902433399e+09,1.79536372580902433399e+09);
INSERT INTO "attempts" VALUES(2,'described','k1','a','openai','model-x','describe','1',NULL,'{"summary": "A cat."}','{"summary": "A cat.", "setting": "", "people_and_things": [], "actions": ["sleeps"], "mood": "", "genre": "", "intent": "", "humour": "", "cultural_references": [], "on_screen_text": [], "speech": "", "sound": "", "moments": [{"start": 0.0, "end": 1.5, "what": "it yawns"}]}','A cat.
What happens: sleeps.',10,20,0.5,2,'',1.79536372581303119654e+09,1.79536372581303119654e+09);
INSERT INTO "attempts" VALUES(3,'described','k1','b','openai','model-x','describe','1',2,'','{"summary": "A cat.", "setting": "", "people_and_things": [], "actions": ["sleeps"], "mood": "", "genre": "", "intent": "", "humour": "", "cultural_references": [], "on_screen_text": [], "speech": "", "sound": "", "moments": [{"start": 0.0, "end": 1.5, "what": "it yawns"}]}','A cat.
What happens: sleeps.',0,0,0.0,0,'',1.79536372581693077091e+09,1.79536372581693077091e+09);
INSERT INTO "attempts" VALUES(4,'begun','k2','c','openai','model-x','describe','1',NULL,NULL,NULL,NULL,0,0,0.0,0,'',1.79536372582092285154e+09,NULL);
INSERT INTO "attempts" VALUES(5,'described','k3','a','perception','','','',NULL,'','{"summary": "It may show a tabby.", "setting": "", "people_and_things": [], "actions": [], "mood": "", "genre": "", "intent": "", "humour": "", "cultural_references": [], "on_screen_text": [], "speech": "", "sound": "", "moments": []}','It may show a tabby.',0,0,0.0,0,'',1.7953637258290197849e+09,1.7953637258290197849e+09);
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL
);
INSERT INTO "files" VALUES('/videos/a.mp4',5,1000,'abc');
CREATE INDEX attempts_by_key ON attempts (request_key, state);
CREATE INDEX attempts_by_item ON attempts (item_id, describer, state);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('attempts',5);
COMMIT;
