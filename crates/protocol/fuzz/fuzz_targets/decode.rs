//! Frames of any bytes through both decoders: no panic, no text in errors, and what was read is written
//! and read again the same.

#![no_main]

use firesteel_protocol::{client, server};
use libfuzzer_sys::fuzz_target;

/// Longer than any error of a decoder.
const MAX_ERROR: usize = 200;

fuzz_target!(|frame: &str| {
    match server::decode(frame) {
        Ok(event) => {
            let written = event.encode();
            let read = server::decode(&written).expect("what was written is read");
            assert_eq!(read.encode(), written);
        }
        Err(error) => assert!(error.to_string().len() < MAX_ERROR),
    }
    match client::decode(frame) {
        Ok(event) => {
            let written = event.encode();
            let read = client::decode(&written).expect("what was written is read");
            assert_eq!(read.encode(), written);
        }
        Err(error) => assert!(error.to_string().len() < MAX_ERROR),
    }
});
