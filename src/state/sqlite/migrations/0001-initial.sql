-- Times are milliseconds since 1970; lists and objects are JSON.

CREATE TABLE answers (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  channel TEXT NOT NULL,
  asker TEXT,
  conversation_id TEXT,
  question TEXT NOT NULL,
  understood TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  mode TEXT NOT NULL,
  answer TEXT NOT NULL,
  citations TEXT NOT NULL,
  model TEXT,
  version TEXT NOT NULL,
  index_built TEXT NOT NULL,
  took_ms REAL NOT NULL
) STRICT;
CREATE INDEX answers_at ON answers (at);

CREATE TABLE feedback (
  n INTEGER PRIMARY KEY,
  answer_id TEXT NOT NULL,
  rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
  comment TEXT,
  at INTEGER NOT NULL,
  asker TEXT
) STRICT;
CREATE INDEX feedback_answer ON feedback (answer_id);

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  plans TEXT NOT NULL DEFAULT '[]',
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE turns (
  n INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  content TEXT NOT NULL,
  answer_id TEXT
) STRICT;
CREATE INDEX turns_conversation ON turns (conversation_id, n);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  outcome TEXT CHECK (outcome IN ('done', 'failed')),
  finished_at INTEGER
) STRICT;
CREATE INDEX events_unfinished ON events (channel, at) WHERE outcome IS NULL;
