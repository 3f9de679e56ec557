-- What answering an event has come to so far, as JSON; NULL before anything was noted.
ALTER TABLE events ADD COLUMN notes TEXT;
