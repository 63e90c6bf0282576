//! The models that a configuration names, as backends of the engine and as the status shows them.

use std::sync::Arc;

use firesteel_config::Config;
use firesteel_engine::Models as EngineModels;
use firesteel_engine::backend::{Backend, Role};
use firesteel_host::{Embedded, Hosted};

use crate::config;

/// The models of one configuration; clones share them.
#[derive(Clone)]
pub(crate) struct Models {
    pub(crate) roles: EngineModels,
    /// The model of most roles, where one is configured.
    pub(crate) hosted: Option<Arc<Hosted>>,
}

impl Models {
    pub(crate) fn of(config: &Config, embedded: &Embedded) -> Self {
        let hosted = config::Hosted::of(config)
            .map(|hosted| Arc::new(Hosted::connected(hosted.model(), hosted.spec())));
        let deep = config::Hosted::deep_of(config)
            .map(|deep| Arc::new(Hosted::lazy(deep.model(), deep.spec())));
        let mut roles = EngineModels::embedded(Arc::new(embedded.clone()));
        for role in Role::ALL {
            let chosen = match role {
                Role::Review => deep.clone(),
                _ => hosted.clone(),
            };
            let chosen = chosen.map(|model| model as Arc<dyn Backend>);
            roles.roles.insert(role, chosen.into_iter().collect());
        }
        Self { roles, hosted }
    }
}
