/** The tables of the queues. @module */

// Triggers keep `usage`, so that it matches the tables after writes of any program.
export const SCHEMA = `
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL, queue TEXT NOT NULL, sender TEXT NOT NULL,
    id TEXT NOT NULL, sent INTEGER NOT NULL, type TEXT, body BLOB NOT NULL,
    at INTEGER NOT NULL, lease TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, reason TEXT, dead INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX messages_at ON messages (agent, queue, dead, at, seq);
  CREATE UNIQUE INDEX messages_id ON messages (id);
  CREATE TABLE keys (
    agent TEXT NOT NULL, queue TEXT NOT NULL, sender TEXT NOT NULL, key TEXT NOT NULL,
    id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (agent, queue, sender, key)
  ) WITHOUT ROWID;
  CREATE INDEX keys_until ON keys (until);
  CREATE TABLE usage (
    agent TEXT NOT NULL, queue TEXT NOT NULL, sender TEXT NOT NULL,
    messages INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (agent, queue, sender)
  ) WITHOUT ROWID;
  CREATE TRIGGER messages_insert AFTER INSERT ON messages BEGIN
    INSERT INTO usage VALUES (new.agent, new.queue, new.sender, 1, length(new.body))
    ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER messages_delete AFTER DELETE ON messages BEGIN
    UPDATE usage SET messages = messages - 1, bytes = bytes - length(old.body)
    WHERE agent = old.agent AND queue = old.queue AND sender = old.sender;
  END;
  CREATE TRIGGER keys_insert AFTER INSERT ON keys BEGIN
    INSERT INTO usage VALUES (new.agent, new.queue, new.sender, 1, 0)
    ON CONFLICT DO UPDATE SET messages = messages + 1;
  END;
  CREATE TRIGGER keys_delete AFTER DELETE ON keys BEGIN
    UPDATE usage SET messages = messages - 1
    WHERE agent = old.agent AND queue = old.queue AND sender = old.sender;
  END;
`

/** https://sqlite.org/pragma.html#pragma_user_version */
export const SCHEMA_VERSION = 1
