//! Use cases and their tasks: screen pop, call log, delivery, sync.
