//! A configured model: what the rest of Firesteel asks, whatever its wire is.
//!
//! [`Model::ask`] never waits. On the `responses` wire it hands the question to the client that holds a socket open
//! ([`Client`]); on every other one a task carries it by HTTP and retries what can be mended without the user (`ask`).

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use firesteel_prompt::{Fim, HoleAnswer, Part, Question};
use firesteel_task::{Error, Priority, Quota};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use crate::address::Address;
use crate::carrier::Carrier;
use crate::metrics::Metrics;
use crate::probe::Probe;
use crate::reply::Reply;
use crate::sent::Note;
use crate::spec::Spec;
use crate::status::Status;
use crate::transport::websocket::client::Client;
use crate::transport::websocket::connection_state::{ConnectionState, Transport};
use crate::wire::{Kind, responses};

/// When a socket that is not there is dialled again at the latest.
const REDIAL: Duration = Duration::from_secs(30);

/// A configured model. Clones share it; the last one to go shuts it down.
#[derive(Debug, Clone)]
pub struct Model {
    carrier: Arc<Carrier>,
    /// The held-open socket, where the wire has one.
    socket: Option<Client>,
    _guard: Arc<DropGuard>,
}

/// Whether a model can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It can.
    Yes,
    /// It cannot.
    No,
    /// Its server has not been asked yet.
    Unknown,
}

/// What a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whether it fills in the middle as it was trained to.
    pub fim: Ability,
    /// Whether it can be asked for the text of a hole at all: as above, or by a prompt that shows the hole.
    pub complete: bool,
    /// Whether it can hold a conversation, and so edit, explain and review.
    pub chat: bool,
    /// Whether it predicts the next edit.
    pub next_edit: bool,
    /// Whether text comes while it is written.
    pub streams: bool,
    /// Whether the same question can be asked for another answer.
    pub alternatives: bool,
    /// Whether an answer can be ended while its connection stays.
    pub interrupt: bool,
    /// Whether its server remembers a conversation, so that only what is new is sent.
    pub continuation: bool,
    /// Tokens that a prompt and its answer may have together, where that is known.
    pub window_tokens: Option<u32>,
    /// Whether it runs on this machine.
    pub loopback: bool,
}

/// How holes are asked for, for status and doctor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The wire in use.
    pub wire: Kind,
    /// The fill-in-the-middle format, where the prompt is written here.
    pub format: Option<String>,
    /// The same in a sentence, with the reason where there is no format.
    pub words: String,
}

impl Model {
    /// Starts a model. Needs a tokio runtime; nothing is sent before the first question unless the wire holds a socket
    /// open and is not lazy.
    pub fn connect(spec: Spec) -> Self {
        let socket = is_by_socket(&spec).then(|| responses::client(&spec));
        let carrier = Arc::new(Carrier::new(spec));
        if let Some(socket) = &socket {
            tokio::spawn(follow(socket.clone(), Arc::downgrade(&carrier)));
        }
        let guard = Arc::new(carrier.shutdown.clone().drop_guard());
        Model {
            carrier,
            socket,
            _guard: guard,
        }
    }

    /// Asks. Never waits: what happens is told by the reply, and dropping the reply cancels.
    pub fn ask(&self, question: &Question, priority: Priority) -> Reply {
        self.ask_with(question, priority, Note::default())
    }

    /// The same, and notes what is sent for it ([`Spec::sent`]): in which role, and made of which pieces.
    pub fn ask_as(
        &self,
        role: &'static str,
        question: &Question,
        parts: Vec<Part>,
        priority: Priority,
    ) -> Reply {
        self.ask_with(question, priority, self.note(role, parts, false))
    }

    fn note(&self, role: &'static str, parts: Vec<Part>, is_ahead: bool) -> Note {
        let endpoint = self.carrier.address.as_ref();
        let endpoint = endpoint.map(Address::authority).unwrap_or_default();
        self.spec().sent.note(role, endpoint, is_ahead, parts)
    }

    fn ask_with(&self, question: &Question, priority: Priority, note: Note) -> Reply {
        let Some(socket) = &self.socket else {
            return self.carrier.ask(question, priority, note);
        };
        let request = responses::request(question, &self.carrier.spec);
        let reply = socket.request_noted(request, priority, note);
        let reply = reply.told_to(Arc::clone(&self.carrier));
        match question {
            Question::Fim(fim) => reply.cleaned(HoleAnswer::new(fim)),
            Question::Chat(_) => reply,
        }
    }

    /// Makes the server ready for a question like this one: loads the model, opens a connection, has the prompt read
    /// where the server keeps it. Never waits, is put off while questions are under way, and does nothing where it
    /// would only cost.
    pub fn warm(&self, fim: Fim) {
        if self.socket.is_none() {
            self.carrier.warm(fim, Note::default());
        }
    }

    /// The same, and notes a prompt that is sent for it.
    pub fn warm_as(&self, role: &'static str, fim: Fim, parts: Vec<Part>) {
        if self.socket.is_none() {
            self.carrier.warm(fim, self.note(role, parts, true));
        }
    }

    /// Whether [`Self::warm`] makes anything of a prompt, as far as is known.
    pub fn reads_ahead(&self) -> bool {
        self.socket.is_none() && self.carrier.reads_ahead()
    }

    /// What it was made of.
    pub fn spec(&self) -> &Spec {
        &self.carrier.spec
    }

    /// Its name at the server: as set, else what the server has told; the preset's name until then.
    pub fn name(&self) -> String {
        let name = self.carrier.model();
        match name.is_empty() {
            true => self.carrier.spec.preset_name.clone(),
            false => name,
        }
    }

    /// The model's own name, as far as it is known: as it is set, or as the server has said; empty otherwise.
    pub fn shown_name(&self) -> String {
        self.carrier.model()
    }

    /// What the model can do.
    pub fn can(&self) -> Abilities {
        self.carrier.abilities()
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        self.carrier.board.get()
    }

    /// Whether a keystroke need not try: it is away, or has refused so lately that nothing can have changed.
    pub fn is_out(&self) -> Option<String> {
        match self.status() {
            Status::Away { why, .. } => Some(why),
            Status::Refused { why } if self.carrier.refuses_still() => Some(why),
            Status::ShutDown => Some("shut down".to_owned()),
            _ => None,
        }
    }

    /// Tells every change of how it stands.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.carrier.board.watch()
    }

    /// The held-open socket's client, where the wire has one.
    pub fn socket(&self) -> Option<&Client> {
        self.socket.as_ref()
    }

    /// How holes are asked for.
    pub fn format_taken(&self) -> Taken {
        self.carrier.taken()
    }

    /// What is known of the account's limits.
    pub fn quota(&self) -> Quota {
        match &self.socket {
            Some(socket) => socket.quota(),
            None => self.carrier.quota().clone(),
        }
    }

    /// The figures so far.
    pub fn metrics(&self) -> Metrics {
        match &self.socket {
            Some(socket) => socket.metrics(),
            None => self.carrier.metrics(),
        }
    }

    /// Asks the server what it has and can, without a completion.
    pub async fn probe(&self) -> Probe {
        self.carrier.probe().await
    }

    /// Ends everything, also for the other clones.
    pub fn shutdown(&self) {
        if let Some(socket) = &self.socket {
            socket.shutdown();
        }
        self.carrier.shut_down();
    }
}

fn is_by_socket(spec: &Spec) -> bool {
    let wires = [spec.preset.fim, spec.preset.chat];
    wires.contains(&Some(Kind::Responses))
}

/// Shows a socket's state as the model's status.
async fn follow(socket: Client, carrier: Weak<Carrier>) {
    let mut state = socket.watch();
    // The status holds the client only as long as the model does.
    let transport = socket.watch_transport();
    drop(socket);
    // A key that was refused in an answer is no better for a new connection.
    let mut was_refused_at_the_door = false;
    loop {
        let now = state.borrow_and_update().clone();
        let Some(carrier) = carrier.upgrade() else {
            return;
        };
        let before = carrier.board.get();
        let is_refused = matches!(before, Status::Refused { .. });
        match &now {
            ConnectionState::Idle | ConnectionState::Connecting if is_refused => {}
            ConnectionState::Idle | ConnectionState::Connecting => {
                carrier.board.set(Status::NotTried);
            }
            ConnectionState::Ready if is_refused && !was_refused_at_the_door => {}
            // By HTTP nothing is held open, so nobody has answered yet.
            ConnectionState::Ready if *transport.borrow() == Transport::Http => {
                if before != Status::Ready {
                    carrier.board.set(Status::NotTried);
                }
            }
            ConnectionState::Ready => drop(carrier.board.set(Status::Ready)),
            ConnectionState::Refused { why } => carrier.refused(&Error::Auth {
                message: carrier.about_key(why),
            }),
            ConnectionState::Disconnected { why } => drop(carrier.board.set(Status::Away {
                why: why.clone(),
                since: Instant::now(),
                retry_at: Instant::now() + REDIAL,
            })),
            ConnectionState::ShutDown => drop(carrier.board.set(Status::ShutDown)),
        }
        was_refused_at_the_door = match now {
            ConnectionState::Refused { .. } => true,
            ConnectionState::Connecting | ConnectionState::Idle => was_refused_at_the_door,
            _ => false,
        };
        drop(carrier);
        if state.changed().await.is_err() {
            return;
        }
    }
}
