//! What a lane's server remembers, and so need not be sent again.

use std::collections::BTreeMap;

use firesteel_protocol::client::{CreateResponse, InputItem, encode_create};

/// The conversation that ends with the last response of a lane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Continuation {
    /// The response to continue from.
    pub(crate) id: String,
    /// Everything about its request but the input.
    shape: CreateResponse,
    /// Its input and what the model wrote.
    items: Vec<InputItem>,
}

impl Continuation {
    /// What is remembered after a response.
    pub(crate) fn after(request: &CreateResponse, id: &str, output: String) -> Self {
        let mut items = request.input.clone();
        if !output.is_empty() {
            items.push(InputItem::assistant(output));
        }
        Continuation {
            id: id.to_owned(),
            shape: shape(request),
            items,
        }
    }

    /// How many items of a request's input the server knows already; none unless all of what it knows is
    /// a prefix of them and nothing else differs.
    pub(crate) fn known_items(&self, request: &CreateResponse) -> Option<usize> {
        let longer = request.input.len() > self.items.len();
        let holds =
            longer && request.input.starts_with(&self.items) && shape(request) == self.shape;
        holds.then_some(self.items.len())
    }
}

/// A request as a frame, without what the server remembers; tells whether there was any of that.
pub(crate) fn encode(
    request: &mut CreateResponse,
    memory: Option<&Continuation>,
) -> (String, bool) {
    let known = memory.filter(|_| request.previous_response_id.is_none());
    let known = known.and_then(|memory| Some((memory, memory.known_items(request)?)));
    let Some((memory, items)) = known else {
        return (encode_create(request), false);
    };
    let new = request.input.split_off(items);
    let old = std::mem::replace(&mut request.input, new);
    request.previous_response_id = Some(memory.id.clone());
    let frame = encode_create(request);
    request.previous_response_id = None;
    let new = std::mem::replace(&mut request.input, old);
    request.input.extend(new);
    (frame, true)
}

/// A request without its input and without what may differ from one to the next.
fn shape(request: &CreateResponse) -> CreateResponse {
    CreateResponse {
        model: request.model.clone(),
        instructions: request.instructions.clone(),
        reasoning: request.reasoning.clone(),
        include: request.include.clone(),
        service_tier: request.service_tier.clone(),
        prompt_cache_key: request.prompt_cache_key.clone(),
        text: request.text.clone(),
        store: request.store,
        stream: request.stream,
        temperature: request.temperature,
        max_output_tokens: request.max_output_tokens,
        input: Vec::new(),
        previous_response_id: None,
        generate: None,
        stream_id: None,
        metadata: BTreeMap::new(),
        client_metadata: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(texts: &[&str]) -> CreateResponse {
        let input = texts.iter().map(|text| InputItem::user(*text)).collect();
        CreateResponse {
            model: "m".to_owned(),
            input,
            ..CreateResponse::default()
        }
    }

    #[test]
    fn only_a_longer_conversation_of_the_same_shape_continues() {
        let first = request(&["a", "b"]);
        let known = Continuation::after(&first, "resp_1", "c".to_owned());
        let mut next = first.clone();
        next.input.push(InputItem::assistant("c"));
        assert_eq!(known.known_items(&next), None, "nothing is new");
        next.input.push(InputItem::user("d"));
        assert_eq!(known.known_items(&next), Some(3));
        assert_eq!(
            known.known_items(&CreateResponse {
                model: "n".to_owned(),
                ..next.clone()
            }),
            None
        );
        assert_eq!(
            known.known_items(&request(&["a", "b", "c", "d"])),
            None,
            "the user said what the model did"
        );
        let metadata = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        assert_eq!(
            known.known_items(&CreateResponse { metadata, ..next }),
            Some(3)
        );
    }
}
