//! What a server says of itself: its models, their windows, whether they fill in the middle, and what is wrong.

/// What a server says of itself, for `setup`, `models` and `doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// Whether somebody answered.
    pub reached: bool,
    /// What server it is, as far as it shows.
    pub server: Option<String>,
    /// The models that it lists.
    pub models: Vec<Listed>,
    /// The model that would be asked.
    pub model: String,
    /// Tokens that it sees, where the server says so.
    pub window_tokens: Option<u32>,
    /// Whether the server fills in the middle by itself.
    pub inserts: Option<bool>,
    /// What is wrong, in one line with the way out.
    pub problem: Option<String>,
}

/// A model that a server lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name, as it is asked for.
    pub name: String,
    /// Whether it is loaded, where the server says so.
    pub loaded: Option<bool>,
    /// Tokens that it sees, where the server says so.
    pub window_tokens: Option<u32>,
    /// The fill-in-the-middle format that its name tells.
    pub format: Option<String>,
}
