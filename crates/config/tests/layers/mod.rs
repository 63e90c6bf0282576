//! Layers as tests write them.

use firesteel_config::{Catalog, Config, Layer, Problem};
use serde_json::Value;

pub(crate) fn catalog() -> Catalog {
    Catalog {
        presets: ["ollama", "openai", "custom"].map(str::to_owned).to_vec(),
        formats: ["qwen", "zeta"].map(str::to_owned).to_vec(),
        renamed_presets: Vec::new(),
    }
}

pub(crate) fn user(values: Value) -> Layer {
    Layer::trusted("user", values)
}

pub(crate) fn merged(layers: &[Layer]) -> (Config, Vec<String>) {
    let (config, problems) = Config::from_layers(layers, &catalog());
    (config, problems.iter().map(Problem::to_string).collect())
}
