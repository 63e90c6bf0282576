//! The models of a configuration, by role, as backends of the engine and by name for display.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_config::{Config, Model, Player, Role as ConfigRole};
use firesteel_engine::Models as EngineModels;
use firesteel_engine::backend::{Backend, Role, Shared};
use firesteel_model::{Identity, SentLog};
use firesteel_prompt::Fim;

use crate::embedded::Embedded;
use crate::hosted::Hosted;
use crate::spec::spec;

/// The models of one configuration; clones share them.
#[derive(Clone)]
pub struct Models {
    /// As the engine asks them.
    pub roles: EngineModels,
    /// By their names in the configuration.
    named: BTreeMap<String, Arc<Hosted>>,
    /// What was sent to them, and to those of the configurations before.
    sent: SentLog,
}

impl Models {
    /// Connects the models that `config` has roles for.
    pub fn of(config: &Config, embedded: &Embedded, identity: &Identity) -> Self {
        Self::kept(config, embedded, identity, SentLog::default(), |_, _| None)
    }

    /// The models of a configuration that follows `before`, whose models these are. One that is configured as it was keeps its
    /// connections, its quota and its figures; one that no role has any more ends with its last answer.
    #[must_use]
    pub fn renewed(
        &self,
        before: &Config,
        config: &Config,
        embedded: &Embedded,
        identity: &Identity,
    ) -> Self {
        Self::kept(
            config,
            embedded,
            identity,
            self.sent.clone(),
            |name, model| {
                let is_same = before.model_named(name) == Some(model);
                self.named.get(name).filter(|_| is_same).cloned()
            },
        )
    }

    fn kept(
        config: &Config,
        embedded: &Embedded,
        identity: &Identity,
        sent: SentLog,
        keep: impl Fn(&str, &Model) -> Option<Arc<Hosted>>,
    ) -> Self {
        let mut models = Self {
            roles: EngineModels::embedded(Arc::new(embedded.clone())),
            named: BTreeMap::new(),
            sent,
        };
        for role in Role::ALL {
            let chosen = models_of(config, role)
                .into_iter()
                .filter_map(|(name, model)| {
                    if let Some(known) = models.named.get(name) {
                        return Some(known.clone());
                    }
                    if let Some(known) = keep(name, model) {
                        models.named.insert(name.to_owned(), known.clone());
                        return Some(known);
                    }
                    let mut spec = spec(model, identity, |name| std::env::var(name).ok())?;
                    spec.sent = models.sent.clone();
                    let hosted = Arc::new(match is_seldom(config, name) {
                        true => Hosted::lazy(name, spec),
                        false => Hosted::connected(name, spec),
                    });
                    models.named.insert(name.to_owned(), hosted.clone());
                    Some(hosted)
                });
            let chosen: Vec<Arc<dyn Backend>> = chosen.map(|model| model as _).collect();
            models.roles.roles.insert(role, chosen);
        }
        models
    }

    /// Makes the models that complete ready, so that the first keystroke does not wait for a load or a connection.
    pub fn warm(&self) {
        for hosted in self.named.values().filter(|hosted| hosted.completes()) {
            if let Some(model) = hosted.model() {
                model.warm(Fim::default());
            }
        }
    }

    /// The first model of a role.
    pub fn first(&self, config: &Config, role: Role) -> Option<&Arc<Hosted>> {
        let (name, _) = config.first_model(of_config(role))?;
        self.named.get(name)
    }

    /// Every model that can be used, in a role or not, by its name in the configuration. One without a role is connected
    /// to when it is first asked.
    pub fn every(&self, config: &Config, identity: &Identity) -> BTreeMap<String, Shared> {
        let of_role = { self.named.iter() }.map(|(name, model)| (name.clone(), model.clone() as _));
        let mut every: BTreeMap<String, Shared> = of_role.collect();
        for (name, model) in &config.models {
            if every.contains_key(name) || config.unusable().contains_key(name) {
                continue;
            }
            if let Some(mut spec) = spec(model, identity, |name| std::env::var(name).ok()) {
                spec.sent = self.sent.clone();
                every.insert(name.clone(), Arc::new(Hosted::lazy(name, spec)));
            }
        }
        every
    }

    /// The last prompts that were sent to them.
    pub fn sent(&self) -> &SentLog {
        &self.sent
    }

    /// All of them, by their names in the configuration.
    pub fn named(&self) -> &BTreeMap<String, Arc<Hosted>> {
        &self.named
    }
}

/// The models that are asked in a role, by their names in the configuration, the first one first.
pub(crate) fn models_of(config: &Config, role: Role) -> Vec<(&str, &Model)> {
    // Where nobody has named one, no second model reads what the first one wrote.
    if role == Role::Review && config.roles.review.is_none() {
        return Vec::new();
    }
    let players = config.players(of_config(role)).into_iter();
    let models = players.map_while(|player| match player {
        Player::Model { name, model } => Some((name, model)),
        // What comes behind it is never asked.
        Player::Embedded => None,
    });
    models.collect()
}

/// Whether a model only reviews, and so is connected to when that is asked for.
fn is_seldom(config: &Config, name: &str) -> bool {
    let plays = |role: Role| {
        let players = config.players(of_config(role));
        players
            .iter()
            .any(|player| matches!(player, Player::Model { name: player, .. } if *player == name))
    };
    !Role::ALL
        .into_iter()
        .any(|role| role != Role::Review && plays(role))
}

/// The configuration's name of a role.
pub fn of_config(role: Role) -> ConfigRole {
    match role {
        Role::Complete => ConfigRole::Complete,
        Role::Edit => ConfigRole::Edit,
        Role::NextEdit => ConfigRole::NextEdit,
        Role::Explain => ConfigRole::Explain,
        Role::Ask => ConfigRole::Ask,
        Role::Review => ConfigRole::Review,
    }
}
