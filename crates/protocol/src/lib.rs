//! The Responses protocol: wire types of both directions and how a task is laid in a request.
