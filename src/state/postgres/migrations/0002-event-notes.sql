-- What answering an event has come to so far, as JSON; NULL before anything was noted.
ALTER TABLE guiwen.events ADD COLUMN notes text;
