-- Keys of the API. The key itself is kept nowhere, only its SHA-256.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  -- A list of plan ids, or null for all.
  plans TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  used_at INTEGER
) STRICT;

-- One row, written to see whether the store can be written.
CREATE TABLE probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;

-- For retention, and for forgetting a person or a conversation.
CREATE INDEX answers_asker ON answers (asker) WHERE asker IS NOT NULL;
CREATE INDEX answers_conversation ON answers (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX conversations_at ON conversations (at);
CREATE INDEX feedback_at ON feedback (at);
