//! Stories of the engine in one process: the real store, the real adapter and the sandbox, on a
//! clock that a story moves.

mod delivery;
mod desk;
mod dialing;
mod filing;
mod late_notes;
mod ring;
mod simulation;
mod sync;
mod targets;
