//! The daemon: starts, supervises and stops every service (stub).
