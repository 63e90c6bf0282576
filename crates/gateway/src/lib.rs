//! Serves the Responses protocol from the embedded engine, in process or on a socket.
