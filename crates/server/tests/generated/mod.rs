//! What is generated from the settings: the tables of the documentation, VS Code's settings and Neovim's types.

mod lua;
mod markdown;
mod vscode;

pub(crate) use lua::lua_types;
pub(crate) use markdown::markdown;
pub(crate) use vscode::vscode_manifest;
