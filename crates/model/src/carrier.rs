//! What carries a model's questions by HTTP, and all that is known of how it stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_prompt::{Extra, Format, Question};
use firesteel_task::{Error, Priority, Quota};
use tokio_util::sync::CancellationToken;

use crate::learned::Learned;
use crate::metrics::Recorder;
use crate::model::{Abilities, Ability, Taken};
use crate::probe::Probe;
use crate::reply::{Reply, Slot};
use crate::spec::Spec;
use crate::status::Board;
use crate::wire::Kind;

/// What carries a model's questions by HTTP.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) spec: Spec,
    pub(crate) board: Board,
    pub(crate) shutdown: CancellationToken,
    learned: Learned,
    recorder: Arc<Mutex<Recorder>>,
    quota: Mutex<Quota>,
    next_id: AtomicU64,
}

impl Carrier {
    pub(crate) fn new(spec: Spec) -> Self {
        Carrier {
            learned: spec.learnings.of(&spec.preset.url, &spec.preset.name),
            board: Board::new(),
            shutdown: CancellationToken::new(),
            recorder: Arc::default(),
            quota: Mutex::default(),
            next_id: AtomicU64::new(1),
            spec,
        }
    }

    pub(crate) fn ask(&self, _question: &Question, _priority: Priority) -> Reply {
        let slot = Arc::new(Slot::default());
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        slot.end(Err(Error::ShutDown));
        Reply::new(id, slot)
    }

    pub(crate) fn warm(&self, _extra: Vec<Extra>) {}

    pub(crate) fn abilities(&self) -> Abilities {
        Abilities {
            fim: Ability::Unknown,
            complete: self.spec.preset.fim.is_some(),
            chat: self.spec.preset.chat.is_some(),
            next_edit: self.spec.preset.edit.is_some(),
            streams: true,
            alternatives: true,
            interrupt: self.spec.preset.interrupt,
            continuation: self.spec.preset.continuation,
            window_tokens: self
                .learned
                .facts()
                .tokens(self.spec.preset.usable_tokens()),
            loopback: false,
        }
    }

    pub(crate) fn taken(&self) -> Taken {
        Taken {
            wire: self.spec.preset.fim.unwrap_or(Kind::Chat),
            format: Format::for_model(&self.spec.preset.name)
                .map(|format| format.name().to_owned()),
            words: String::new(),
        }
    }

    pub(crate) async fn probe(&self) -> Probe {
        Probe::default()
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
        self.board.set(crate::status::Status::ShutDown);
    }
}
