//! HTTP/2, where TLS offers it: one connection for all requests, and a cancelled one resets its stream only.

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;

use firesteel_model::{Event, Model, Network, Priority};
use firesteel_prompt::Question;
use firesteel_testkit::script::tls::Authority;
use futures_util::StreamExt;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{fill, fim, with};

/// What the server has seen.
#[derive(Debug, Clone, Default)]
struct Seen {
    connections: usize,
    requests: usize,
    /// Answers that were reset by the client.
    reset: usize,
}

/// Counts an answer as reset when it is dropped before its end.
struct Watched(watch::Sender<Seen>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.send_modify(|seen| seen.reset += 1);
    }
}

async fn serve(authority: &Authority) -> (u16, watch::Receiver<Seen>) {
    let mut tls = (*authority.server).clone();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (seen, watching) = watch::channel(Seen::default());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.expect("TLS");
                seen.send_modify(|seen| seen.connections += 1);
                let service = service_fn(|request| answer(request, seen.clone()));
                let connection = http2::Builder::new(TokioExecutor::new());
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (port, watching)
}

/// The first three requests are answered; what comes after them is never ended.
async fn answer(
    _request: Request<Incoming>,
    seen: watch::Sender<Seen>,
) -> Result<
    Response<StreamBody<stream::BoxStream<'static, Result<Frame<Bytes>, Infallible>>>>,
    Infallible,
> {
    let mut number = 0;
    seen.send_modify(|seen| {
        seen.requests += 1;
        number = seen.requests;
    });
    let event = |text: &'static str| Ok(Frame::data(Bytes::from_static(text.as_bytes())));
    let begin = event("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n");
    let end = event(
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    );
    let body = match number {
        1..=3 => stream::iter([begin, end]).boxed(),
        _ => {
            let watched = Watched(seen);
            let rest = stream::once(async move {
                let _held = watched;
                std::future::pending().await
            });
            stream::iter([begin]).chain(rest).boxed()
        }
    };
    let mut response = Response::new(StreamBody::new(body));
    let media_type = hyper::header::HeaderValue::from_static("text/event-stream");
    response
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, media_type);
    Ok(response)
}

#[tokio::test]
async fn all_requests_share_a_connection_and_a_cancelled_one_costs_none() {
    let authority = Authority::new().expect("certificates");
    let (port, mut seen) = serve(&authority).await;
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(authority.pem.as_bytes()).expect("a disk");
    let mut spec = firesteel_model::Spec::named("groq", |_| None).expect("a preset");
    spec = with(spec, |preset| {
        preset.url = format!("https://localhost:{port}/v1")
    });
    spec.learnings = firesteel_model::Learnings::new();
    spec.network = Network {
        ca_file: Some(file.path().to_owned()),
        ..Network::default()
    };
    let model = Model::connect(spec);
    for _ in 0..3 {
        assert_eq!(fill(&model).await.as_deref(), Ok("x"));
    }
    for count in 1..=5_usize {
        let mut reply = model.ask(&Question::Fim(fim()), Priority::Inline);
        while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
        drop(reply);
        let reset = seen.wait_for(|seen| seen.reset == count).await;
        assert!(reset.map(drop).is_ok());
    }
    let seen = seen.borrow().clone();
    assert_eq!((seen.requests, seen.connections), (8, 1));
}
