//! Stories of the engine in one process: the real store, the real adapter and the sandbox, on a
//! clock that a story moves.

mod aircall;
mod budget;
mod cloud;
mod delivery;
mod desk;
mod dialing;
mod doubles;
mod filing;
mod late_notes;
mod ring;
mod room;
mod simulation;
mod soak;
mod strangers;
mod sync;
mod targets;
