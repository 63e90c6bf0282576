//! A thousand random interleavings of typing and landing hunks, in each kind of client: no key is lost.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::meanwhile::{Tally, play, script};
use serde_json::json;
use tokio::task::JoinSet;

use super::Scene;

/// Clients of a kind and the runs of each. A liar costs the wait for each echo that never comes, so there are many that
/// wait at the same time.
const CLIENTS: [(ApplyStyle, u64, usize); 3] = [
    (ApplyStyle::EchoFirst, 4, 105),
    (ApplyStyle::ReplyFirst, 4, 105),
    (ApplyStyle::Liar, 16, 10),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_lost_and_both_sides_agree() {
    let mut clients = JoinSet::new();
    for (style, n_clients, runs) in CLIENTS {
        for client in 0..n_clients {
            clients.spawn(async move {
                let scene = Scene::with(script(), style, json!({})).await;
                let seed = 0x2545_f491_4f6c_dd1d ^ (client << 8) ^ style as u64;
                let tally = play(&scene.model, &scene.editor, seed, runs).await;
                scene.finish().await;
                (style, tally.unwrap())
            });
        }
    }
    let mut all = Tally::default();
    while let Some(played) = clients.join_next().await {
        let (style, tally) = played.unwrap();
        assert_eq!(
            (tally.lost, tally.apart),
            (0, 0),
            "{style:?}: {:?}",
            tally.fault
        );
        all.add(tally);
    }
    assert_eq!(all.runs, 1_000);
    assert!(all.edits > all.runs, "hardly anything landed: {all:?}");
}
