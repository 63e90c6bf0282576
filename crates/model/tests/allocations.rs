//! What a delta costs in allocations, from the socket to the reader.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(
    unsafe_code,
    reason = "counting allocations needs an allocator, and that is an unsafe trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use firesteel_model::{Client, Endpoint, Event, Options, Priority};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::Script;
use tokio::runtime::Builder;

/// Deltas of the stream.
const DELTAS: usize = 200_000;

/// The system's allocator, which counts on threads that ask for it.
struct Counting;

thread_local! {
    static COUNT: Cell<Option<usize>> = const { Cell::new(None) };
}

fn count() {
    // A thread that ends has no counter any more, and nobody who asks for it.
    let _ = COUNT.try_with(|count| count.set(count.get().map(|count| count + 1)));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations per delta on the client's thread; the server has threads of its own.
fn allocations(delta: &'static str) -> f64 {
    let servers = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let script = Script::new().answer(move |_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.flood(delta, DELTAS).await;
        let _ = responder.completed().await;
    });
    let server = servers.block_on(script.start()).expect("a free port");
    let clients = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    clients.block_on(async {
        let client = Client::new(Endpoint::url(server.url()), Options::default());
        let request = CreateResponse {
            input: vec![InputItem::user("x")],
            ..CreateResponse::default()
        };
        let mut reply = client.request(request, Priority::Edit);
        let mut bytes = 0;
        while let Some(event) = reply.next().await {
            match event.expect("no fault is scripted") {
                Event::Started { .. } => COUNT.set(Some(0)),
                Event::Text(text) => bytes += text.len(),
                Event::Done { .. } => break,
            }
        }
        assert_eq!(bytes, delta.len() * DELTAS);
        COUNT.take().expect("the counter was on") as f64 / DELTAS as f64
    })
}

#[test]
fn a_delta_costs_few_allocations() {
    let plain = allocations("let ");
    let escaped = allocations("\n\t\"");
    // Frames share the buffer they were read into, and plain text goes from there into the reader's
    // string. Text with escapes is unescaped on the way, which takes two buffers.
    assert!(plain < 0.1, "{plain} allocations for a plain delta");
    assert!(escaped < 2.1, "{escaped} allocations for an escaped delta");
}
