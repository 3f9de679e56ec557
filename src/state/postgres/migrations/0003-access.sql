-- Keys of the API. The key itself is kept nowhere, only its SHA-256.
CREATE TABLE guiwen.api_keys (
  id text PRIMARY KEY,
  name text NOT NULL,
  hash bytea NOT NULL,
  scopes text NOT NULL,
  -- A list of plan ids, or null for all.
  plans text,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint,
  used_at bigint
);

-- One row, written to see whether the store can be written.
CREATE TABLE guiwen.probe (
  id int PRIMARY KEY CHECK (id = 1),
  at bigint NOT NULL
);

-- What all servers sign with, so that each knows the tokens of the others. One row at most.
CREATE TABLE guiwen.signing_secret (
  id int PRIMARY KEY CHECK (id = 1),
  secret bytea NOT NULL
);

-- For retention, and for forgetting a person or a conversation.
CREATE INDEX answers_asker ON guiwen.answers (asker) WHERE asker IS NOT NULL;
CREATE INDEX answers_conversation ON guiwen.answers (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX conversations_at ON guiwen.conversations (at);
CREATE INDEX feedback_at ON guiwen.feedback (at);
