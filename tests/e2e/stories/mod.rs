//! What an agent does with Callside, from end to end: one story per file.
