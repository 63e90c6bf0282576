//! Whether a request for a WebSocket is one, by RFC 6455 §4.2.1.

use data_encoding::BASE64;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Request, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The one version of the protocol that there is.
pub(crate) const VERSION: HeaderValue = HeaderValue::from_static("13");
/// Bytes of a key.
const KEY: usize = 16;

/// Why it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoUpgrade {
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

/// What proves to the client that its key was read.
pub(crate) fn accept<B>(request: &Request<B>) -> Result<HeaderValue, NoUpgrade> {
    let headers = request.headers();
    let bad = |message| NoUpgrade {
        status: StatusCode::BAD_REQUEST,
        message,
    };
    if request.version() != Version::HTTP_11 {
        return Err(bad("an upgrade needs HTTP/1.1"));
    }
    if !names(headers, &UPGRADE, "websocket") || !names(headers, &CONNECTION, "upgrade") {
        return Err(bad("`Upgrade: websocket` needs `Connection: Upgrade`"));
    }
    let has_body =
        headers.contains_key(TRANSFER_ENCODING) || { headers.get_all(CONTENT_LENGTH).iter() }
            .any(|length| length != "0");
    if has_body {
        return Err(bad("an upgrade has no body"));
    }
    if only(headers, &SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        return Err(NoUpgrade {
            status: StatusCode::UPGRADE_REQUIRED,
            message: "only version 13 of the WebSocket protocol is known",
        });
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let is_key = |key: &&[u8]| BASE64.decode(key).is_ok_and(|bytes| bytes.len() == KEY);
    let accept = key.filter(is_key).map(derive_accept_key);
    let accept = accept.and_then(|accept| HeaderValue::try_from(accept).ok());
    accept.ok_or_else(|| bad("an upgrade needs one key of 16 bytes"))
}

/// Whether one of the values of a header, which are lists, is this word.
pub(crate) fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(header).iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|found| found.trim().eq_ignore_ascii_case(word))
}

fn only<'a>(headers: &'a HeaderMap, header: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(header).iter();
    values.next().filter(|_| values.next().is_none())
}
