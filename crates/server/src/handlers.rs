//! One file for each request: convert, call the engine, convert.

pub(crate) mod code_action;
pub mod commands;
pub(crate) mod completion;
pub(crate) mod execute_command;
pub(crate) mod hover;
pub(crate) mod initialize;
pub(crate) mod inline_completion;
pub(crate) mod next_edit;
