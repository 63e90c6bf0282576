//! A request of the Responses protocol made to fit its endpoint: what that wants is added, what it refuses is left out.

use firesteel_protocol::client::{CreateResponse, Reasoning};
use url::Url;

use crate::preset::Preset;

impl Preset {
    /// The URL with the further parts of its query.
    pub(crate) fn full_url(&self) -> String {
        let Ok(mut url) = Url::parse(&self.url) else {
            return self.url.clone();
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url.into()
    }

    /// Makes a request such as the endpoint takes: adds what it wants and leaves out what it refuses.
    pub(crate) fn shape(&self, request: &mut CreateResponse) {
        if request.model.is_empty() {
            request.model.clone_from(&self.name);
        }
        if let Some(effort) = &self.effort {
            let reasoning = request.reasoning.get_or_insert_with(Reasoning::default);
            reasoning.effort.get_or_insert_with(|| effort.clone());
        }
        if request.service_tier.is_none() {
            request.service_tier.clone_from(&self.tier);
        }
        request.store = request.store.or(self.store);
        for field in &self.drops {
            drop_field(request, field);
        }
    }
}

/// Leaves a field out of a request.
pub(crate) fn drop_field(request: &mut CreateResponse, field: &str) {
    match field {
        "max_output_tokens" => request.max_output_tokens = None,
        "temperature" => request.temperature = None,
        "metadata" => request.metadata.clear(),
        "client_metadata" => request.client_metadata.clear(),
        "service_tier" => request.service_tier = None,
        "prompt_cache_key" => request.prompt_cache_key = None,
        "store" => request.store = None,
        "include" => request.include = None,
        "text" => request.text = None,
        "reasoning" => request.reasoning = None,
        "reasoning.effort" => request
            .reasoning
            .iter_mut()
            .for_each(|reasoning| reasoning.effort = None),
        "reasoning.summary" => request
            .reasoning
            .iter_mut()
            .for_each(|reasoning| reasoning.summary = None),
        // Lanes are off where they are refused, so nothing is there to drop.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_request_is_made_to_fit() {
        let mut request = CreateResponse {
            max_output_tokens: Some(64),
            temperature: Some(0.0),
            reasoning: Some(Reasoning {
                effort: None,
                summary: Some("auto".to_owned()),
            }),
            ..CreateResponse::default()
        };
        let drops = ["max_output_tokens", "temperature", "reasoning.summary"];
        let preset = Preset {
            name: "a-model".to_owned(),
            effort: Some("low".to_owned()),
            store: Some(false),
            drops: drops.map(str::to_owned).to_vec(),
            ..Preset::default()
        };
        preset.shape(&mut request);
        let expected = CreateResponse {
            model: "a-model".to_owned(),
            reasoning: Some(Reasoning {
                effort: Some("low".to_owned()),
                summary: None,
            }),
            store: Some(false),
            ..CreateResponse::default()
        };
        assert_eq!(request, expected);
    }

    #[test]
    fn a_url_has_the_whole_query() {
        let preset = Preset {
            url: "wss://host.example/v1/responses".to_owned(),
            query: BTreeMap::from([("api-version".to_owned(), "v1 preview".to_owned())]),
            ..Preset::default()
        };
        let expected = "wss://host.example/v1/responses?api-version=v1+preview";
        assert_eq!(preset.full_url(), expected);
    }
}
