//! One HTTPS POST to a room: the only code that opens a connection to a webhook, for the relay and for a deploy's greeting.
