//! The Callside app: the shell around the engine, with windows and with a command line.

pub mod bridge;
pub mod cli;
pub mod commands;
pub mod control;
pub mod decisions;
pub mod desktop;
pub mod error;
pub mod gui;
pub mod handlers;
pub mod headless;
pub mod home;
pub mod recent_log;
pub mod settings_file;
pub mod shapes;
pub mod shell;
pub mod text;
pub mod views;
pub mod wire;
pub mod wiring;
pub mod workspace;

/// Runs the windows until the agent ends the app. Gives the exit code.
pub fn run_gui(home: home::Home, start: cli::GuiStart) -> i32 {
    gui::run(&home, start)
}
