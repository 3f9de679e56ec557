-- A generation is an index as one ingest built it. Its files are kept as they are, for the servers' local copies; what
-- is searched has a schema of its own, guiwen_<id>, so that it is made beside the one in use and dropped whole.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE guiwen.generations (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  -- Of the manifest, which vouches for all the other files.
  sha256 text NOT NULL,
  manifest text NOT NULL,
  glossary text NOT NULL,
  -- As in the manifest: how servers tell a new one.
  built_at text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE guiwen.files (
  generation int NOT NULL REFERENCES guiwen.generations (id) ON DELETE CASCADE,
  name text NOT NULL,
  part int NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (generation, name, part)
);

-- The generation in use: one row at most.
CREATE TABLE guiwen.in_use (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  generation int NOT NULL REFERENCES guiwen.generations (id)
);
